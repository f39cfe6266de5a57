"""The front desk: owns the data and speaks HTTP."""
