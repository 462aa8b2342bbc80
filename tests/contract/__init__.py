"""What ties the platform program to the applications, neither of which imports the other."""
