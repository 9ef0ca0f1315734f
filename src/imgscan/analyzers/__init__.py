"""What is looked for: each analyzer observes layers and concludes on the merged image."""
