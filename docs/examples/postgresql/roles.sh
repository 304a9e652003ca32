#!/bin/sh
# Creates the roles and the database of docs/postgresql.md. The image of PostgreSQL runs it once, in an empty volume.
set -eu
psql --set=ON_ERROR_STOP=1 --set=owner="$OWNER_PASSWORD" --set=server="$SERVER_PASSWORD" --dbname=postgres <<'SQL'
CREATE ROLE taskgate_owner LOGIN PASSWORD :'owner';
CREATE ROLE taskgate_server LOGIN PASSWORD :'server';
CREATE DATABASE taskgate OWNER taskgate_owner TEMPLATE template0 ENCODING 'UTF8';
REVOKE ALL ON DATABASE taskgate FROM PUBLIC;
GRANT CONNECT ON DATABASE taskgate TO taskgate_server;
\connect taskgate
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT CREATE ON SCHEMA public TO taskgate_owner;
ALTER DEFAULT PRIVILEGES FOR ROLE taskgate_owner IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO taskgate_server;
ALTER DEFAULT PRIVILEGES FOR ROLE taskgate_owner IN SCHEMA public
  GRANT SELECT, USAGE, UPDATE ON SEQUENCES TO taskgate_server;
CREATE SCHEMA IF NOT EXISTS drizzle AUTHORIZATION taskgate_owner;
GRANT USAGE ON SCHEMA drizzle TO taskgate_server;
ALTER DEFAULT PRIVILEGES FOR ROLE taskgate_owner IN SCHEMA drizzle
  GRANT SELECT ON TABLES TO taskgate_server;
SQL
