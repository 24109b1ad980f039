"""What Prometheus may know of the machine, of services, runs and of what AI costs.

`metrics.Metrics` is what others need. The client library is imported when somebody asks for the first time.
"""
