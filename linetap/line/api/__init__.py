"""LINE's endpoints: operations, argument checks and result types."""
