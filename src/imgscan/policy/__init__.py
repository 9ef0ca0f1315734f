"""An organisation's decisions applied to findings and controls: severities, exceptions, baseline."""
