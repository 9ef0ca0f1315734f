"""Controls of the CIS Docker Benchmark and of the hardening checklist: findings, inventory and config to results."""
