SET ROLE infisical;

CREATE TABLE projects(id int PRIMARY KEY, name text NOT NULL UNIQUE);

CREATE TABLE secrets(id int PRIMARY KEY, project int NOT NULL REFERENCES projects, name text NOT NULL, sealed text NOT NULL);

INSERT INTO projects SELECT n, 'project-' || n FROM generate_series(1, 12) n;

INSERT INTO secrets SELECT n, 1 + n % 12, 'NAME_' || n, repeat(md5(n::text), 8) FROM generate_series(1, 4000) n;
