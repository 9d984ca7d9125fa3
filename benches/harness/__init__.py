"""What `run.py` is made of: setting up, the plan of jobs and bars, measuring, reporting."""
