#!/bin/sh
# Runs once, in a new PostgreSQL: the gateway's own role and database.
set -eu
psql --set=ON_ERROR_STOP=1 --set=password="$POSTGRES_PASSWORD" --username=postgres <<'SQL'
CREATE ROLE askpro LOGIN PASSWORD :'password';
CREATE DATABASE askpro OWNER askpro;
SQL
