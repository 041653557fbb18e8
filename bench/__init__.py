"""What is measured, and how. Each part prints its raw figures and one JSON line; `make bench` keeps them."""
