CREATE TABLE staff (
    name text PRIMARY KEY,
    token_sha256 text NOT NULL UNIQUE
);

CREATE TABLE appointments (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    patient text NOT NULL,
    starts_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    confirmed_at timestamptz,
    reminded_at timestamptz
);

CREATE INDEX appointments_by_start ON appointments (starts_at);

-- pgAudit logs who reads and changes the tables on which this role has privileges. Only databases of a stack have it.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_pgaudit') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON appointments TO rds_pgaudit;
    END IF;
END
$$;
