"""A generated world of facts and rules in plain English, with questions and the chains that answer them."""
