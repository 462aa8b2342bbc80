"""What must stand before a stack is deployed for the first time: `coditect preflight`."""
