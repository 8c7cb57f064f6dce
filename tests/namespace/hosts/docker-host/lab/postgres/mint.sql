SET ROLE mint;

CREATE TABLE orders(id int PRIMARY KEY, placed date NOT NULL, total numeric NOT NULL);

INSERT INTO orders SELECT n, date '2025-11-01' + n % 60, n * 1.25 FROM generate_series(1, 900) n;
