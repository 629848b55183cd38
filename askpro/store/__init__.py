"""Tables and the questions put to them. Every function takes the company first."""
