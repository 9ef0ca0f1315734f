"""What the image has: looked up once for every analyzer and control that asks."""
