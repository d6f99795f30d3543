"""Every write of projects. Each is run by kernel.acts.run."""
