"""Labels: one frozen object each; its text and its symbol are made from it, and read back before it is printed."""
