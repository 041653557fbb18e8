"""What leaves by a public door: the privacy rules and the rows made safe by them."""
