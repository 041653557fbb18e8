"""
From the typed tree to SQL, by builders of trees and never by joining texts.

Numbers. Columns lie as DOUBLE or BIGINT; all arithmetic is done in DOUBLE, whose `+ - * /` are the same to the bit in
every engine. Sums of DOUBLE are not: they depend on the order of the rows, which no engine promises. So `sum` and
`avg` add up whole millionths (BIGINT, exact in any order) and divide at the end: an answer can be repeated to the
byte, on any engine and any number of threads. The price is that sums and averages are exact to the millionth and
take numbers up to nine million millions; DECIMAL would give more places, at several times the cost a row. `round`
goes through DECIMAL, since 2.345 is no half in DOUBLE. Statistics, powers and distances are written with ten digits,
where the engines agree.
"""
