"""Speaking to other machines. A gateway is given what it sends and never looks it up."""
