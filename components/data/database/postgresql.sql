-- Gives each application an owner role, a schema and login roles. Can run repeatedly, with another list each time.
--
-- `bootstrap.plan` is the list of applications as JSON. One transaction: after an error nothing has changed. Every identifier
-- is quoted by `format` with %I, and every value with %L.
--
-- The owner role `<application>` cannot sign in and owns the schema with its name. The login roles run as the owner, so every
-- object belongs to the owner, whichever login made it. Comments on the roles state the application that they belong to:
-- the script changes no other roles.
DO $bootstrap$
DECLARE
    plan CONSTANT jsonb := current_setting('bootstrap.plan');
    -- Since version 16 a membership has the options INHERIT and SET. Before, a member always inherits and can always change.
    has_options CONSTANT boolean := current_setting('server_version_num')::integer >= 160000;
    set_only CONSTANT text := CASE WHEN has_options THEN ' WITH INHERIT FALSE, SET TRUE' ELSE '' END;
    inherit CONSTANT text := CASE WHEN has_options THEN ' WITH INHERIT TRUE' ELSE '' END;
    any_right CONSTANT text := CASE WHEN has_options THEN 'USAGE, SET' ELSE 'MEMBER' END;
    had_rights CONSTANT boolean := pg_has_role(session_user, 'rds_iam', any_right);
    planned CONSTANT text[] := ARRAY(SELECT jsonb_array_elements(plan -> 'applications') ->> 'name');
    planned_logins CONSTANT text[] := ARRAY(
        SELECT jsonb_array_elements_text(jsonb_array_elements(plan -> 'applications') -> 'logins'));
    application jsonb;
    app text;
    login text;
    mark text;
    item text;
    receiver text;
    access text;
    stale record;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('bootstrap'));

    -- pgAudit logs statements on the tables on which this role has privileges.
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_pgaudit') THEN
        CREATE ROLE rds_pgaudit NOLOGIN;
    END IF;
    CREATE EXTENSION IF NOT EXISTS pgaudit;

    -- Nobody has rights on databases and on the schema public merely by being a user.
    FOR item IN SELECT datname FROM pg_database WHERE datallowconn AND pg_has_role(datdba, 'USAGE') LOOP
        EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', item);
    END LOOP;
    REVOKE ALL ON SCHEMA public FROM PUBLIC;

    -- Extensions are in one schema, unless the extension itself prescribes another one.
    CREATE SCHEMA IF NOT EXISTS extensions;
    REVOKE ALL ON SCHEMA extensions FROM PUBLIC;
    FOR item IN SELECT jsonb_array_elements_text(plan -> 'extensions') LOOP
        IF NOT EXISTS (SELECT FROM pg_available_extensions WHERE name = item) THEN
            RAISE EXCEPTION 'this database does not have the extension "%"', item;
        ELSIF EXISTS (
            SELECT FROM pg_available_extension_versions AS available JOIN pg_available_extensions AS extension
                ON extension.name = available.name AND extension.default_version = available.version
            WHERE available.name = item AND available.schema IS NOT NULL
        ) THEN
            EXECUTE format('CREATE EXTENSION IF NOT EXISTS %I CASCADE', item);
        ELSIF EXISTS (
            SELECT FROM pg_extension WHERE extname = item AND extnamespace <> 'extensions'::regnamespace
        ) THEN
            RAISE EXCEPTION 'the extension "%" is in another schema, where applications cannot use it', item
                USING HINT = 'If no table uses it, drop it as administrator and run this task again.';
        ELSE
            EXECUTE format('CREATE EXTENSION IF NOT EXISTS %I SCHEMA extensions CASCADE', item);
        END IF;
    END LOOP;

    FOR application IN SELECT jsonb_array_elements(plan -> 'applications') LOOP
        app := application ->> 'name';

        -- The owner. A role with this name that the script did not create is a user of an earlier version of this program,
        -- if the administrator owns a schema with that name. Its tables already belong to it.
        mark := (SELECT shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = app);
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = app) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', app);
        ELSIF mark IS DISTINCT FROM 'owner of application ' || app THEN
            IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = app AND nspowner = quote_ident(current_user)::regrole) THEN
                RAISE EXCEPTION 'the role "%" exists, but does not belong to an application: rename one of them', app;
            END IF;
            EXECUTE format('REVOKE rds_iam FROM %I', app);
            EXECUTE format('ALTER ROLE %I NOLOGIN PASSWORD NULL', app);
            EXECUTE format('REVOKE ALL ON SCHEMA %I FROM PUBLIC', app);
        END IF;
        IF pg_has_role(app, 'rds_iam', 'MEMBER') THEN
            RAISE EXCEPTION 'the owner role "%" must not be a member of rds_iam', app;
        END IF;
        EXECUTE format('COMMENT ON ROLE %I IS %L', app, 'owner of application ' || app);
        -- The administrator can change to the owner. It never becomes a member of a login role.
        EXECUTE format('GRANT %I TO CURRENT_USER%s', app, set_only);

        -- The schema.
        item := (SELECT nspowner::regrole FROM pg_namespace WHERE nspname = app);
        IF item IS NULL THEN
            EXECUTE format('CREATE SCHEMA %I AUTHORIZATION %I', app, app);
        ELSIF EXISTS (SELECT FROM pg_namespace WHERE nspname = app AND nspowner = quote_ident(current_user)::regrole) THEN
            EXECUTE format('ALTER SCHEMA %I OWNER TO %I', app, app);
        ELSIF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = app AND nspowner = quote_ident(app)::regrole) THEN
            RAISE EXCEPTION 'the schema "%" belongs to %, not to an application: rename one of them', app, item;
        END IF;
        EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO %I', current_database(), app);
        EXECUTE format('GRANT USAGE ON SCHEMA extensions TO %I', app);

        -- The logins. Settings of a role apply to the sessions that sign in as this role.
        FOR login IN SELECT jsonb_array_elements_text(application -> 'logins') LOOP
            mark := (SELECT shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = login);
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = login) THEN
                EXECUTE format('CREATE ROLE %I', login);
            ELSIF mark IS DISTINCT FROM 'login of application ' || app THEN
                RAISE EXCEPTION 'the role "%" exists, but does not belong to an application: rename one of them', login;
            END IF;
            EXECUTE format('COMMENT ON ROLE %I IS %L', login, 'login of application ' || app);
            EXECUTE format('ALTER ROLE %I LOGIN CONNECTION LIMIT %s', login, application ->> 'connection_limit');
            EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), login);
            EXECUTE format('GRANT %I TO %I%s', app, login, set_only);
            IF (application ->> 'iam')::boolean THEN
                EXECUTE format('GRANT rds_iam TO %I%s', login, inherit);
            END IF;
            EXECUTE format('ALTER ROLE %I RESET ALL', login);
            EXECUTE format('ALTER ROLE %I SET role = %L', login, app);
            EXECUTE format('ALTER ROLE %I SET search_path = %I, extensions', login, app);
            IF application ->> 'statement_timeout' IS NOT NULL THEN
                EXECUTE format('ALTER ROLE %I SET statement_timeout = %L', login, application ->> 'statement_timeout');
            END IF;
        END LOOP;
    END LOOP;

    -- Logins of applications that are no longer in the list, or that now sign in in another way. Nothing is dropped.
    FOR stale IN
        SELECT rolname AS login, substr(shobj_description(oid, 'pg_authid'), length('login of application ') + 1) AS app
        FROM pg_roles
        WHERE shobj_description(oid, 'pg_authid') LIKE 'login of application %' AND rolname <> ALL (planned_logins)
    LOOP
        IF stale.app = ANY (planned) AND EXISTS (SELECT FROM pg_stat_activity WHERE usename = stale.login) THEN
            RAISE WARNING '"%" still has sessions, so it keeps its rights: run this task again after the deployment', stale.login;
            CONTINUE;
        END IF;
        EXECUTE format('ALTER ROLE %I NOLOGIN PASSWORD NULL', stale.login);
        EXECUTE format('ALTER ROLE %I RESET ALL', stale.login);
        EXECUTE format('REVOKE CONNECT ON DATABASE %I FROM %I', current_database(), stale.login);
        EXECUTE format('REVOKE %I FROM %I', stale.app, stale.login);
        IF pg_has_role(stale.login, 'rds_iam', 'MEMBER') THEN
            EXECUTE format('REVOKE rds_iam FROM %I', stale.login);
        END IF;
    END LOOP;

    -- Access of an application to the schema of another one. The owner of the schema grants it, also for later tables.
    FOREACH app IN ARRAY planned LOOP
        FOR receiver IN
            SELECT rolname FROM pg_roles
            WHERE shobj_description(oid, 'pg_authid') LIKE 'owner of application %' AND rolname <> app
        LOOP
            access := (
                SELECT value -> 'shares' ->> app FROM jsonb_array_elements(plan -> 'applications')
                WHERE value ->> 'name' = receiver);
            CONTINUE WHEN access IS NULL AND NOT has_schema_privilege(receiver, app, 'USAGE, CREATE');
            EXECUTE format('SET LOCAL ROLE %I', app);
            EXECUTE format('REVOKE ALL ON SCHEMA %I FROM %I', app, receiver);
            EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM %I', app, receiver);
            EXECUTE format('REVOKE ALL ON ALL SEQUENCES IN SCHEMA %I FROM %I', app, receiver);
            EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I REVOKE ALL ON TABLES FROM %I', app, receiver);
            EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I REVOKE ALL ON SEQUENCES FROM %I', app, receiver);
            IF access IS NOT NULL THEN
                item := CASE access WHEN 'write' THEN 'SELECT, INSERT, UPDATE, DELETE' ELSE 'SELECT' END;
                EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', app, receiver);
                EXECUTE format('GRANT %s ON ALL TABLES IN SCHEMA %I TO %I', item, app, receiver);
                EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT %s ON TABLES TO %I', app, item, receiver);
                item := CASE access WHEN 'write' THEN 'USAGE, SELECT' ELSE 'SELECT' END;
                EXECUTE format('GRANT %s ON ALL SEQUENCES IN SCHEMA %I TO %I', item, app, receiver);
                EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT %s ON SEQUENCES TO %I', app, item, receiver);
            END IF;
            RESET ROLE;
        END LOOP;
    END LOOP;

    -- A user with the rights of rds_iam can sign in only with a token, and the administrator signs in with a password.
    IF NOT had_rights AND pg_has_role(session_user, 'rds_iam', any_right) THEN
        RAISE EXCEPTION 'the administrator "%" has the rights of rds_iam: its password would no longer be valid', session_user
            USING HINT = 'Nothing has changed. Revoke the memberships of the administrator in roles with rds_iam.';
    END IF;
END
$bootstrap$;
