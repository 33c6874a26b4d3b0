"""enfold seen from outside: driven in a terminal, and put into pictures."""
