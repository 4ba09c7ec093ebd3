"""What dashboards and rules ask of a server: the PromQL of each kind of family."""
