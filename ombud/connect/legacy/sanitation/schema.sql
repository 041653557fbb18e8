-- The database of the sanitation stand-in, in the manner of its years: codes for words, wall clock without a zone.
CREATE TABLE yard (yard_cd char(3) PRIMARY KEY, yard_nm varchar(40) NOT NULL);
CREATE TABLE sr_typ (sr_typ smallint PRIMARY KEY, typ_nm varchar(40) NOT NULL);
CREATE TABLE item_cd (item_cd smallint PRIMARY KEY, item_desc varchar(40) NOT NULL);

CREATE SEQUENCE sr_no_seq START 70000001;
CREATE TABLE sr_hdr (
    sr_no char(10) PRIMARY KEY DEFAULT ('7-' || nextval('sr_no_seq')::text),
    ext_ref varchar(40),
    sr_typ smallint NOT NULL REFERENCES sr_typ,
    stat_cd smallint NOT NULL DEFAULT 10 CHECK (stat_cd IN (10, 20, 30, 40, 80, 90)),
    rsln_cd smallint,
    prty_cd smallint NOT NULL DEFAULT 3,
    yard_cd char(3) REFERENCES yard,
    rte_no varchar(8),
    coll_day smallint CHECK (coll_day BETWEEN 1 AND 5),
    coll_loc char(1),
    addr varchar(200) NOT NULL,
    zip char(5),
    x_coord numeric(9, 6),
    y_coord numeric(9, 6),
    cmnt_txt varchar(255),
    svc_dt date,
    crte_ts timestamp(0) NOT NULL DEFAULT (now() AT TIME ZONE 'America/Los_Angeles'),
    clsd_ts timestamp(0),
    updt_ts timestamp(0) NOT NULL DEFAULT (now() AT TIME ZONE 'America/Los_Angeles'),
    updt_usr varchar(16) NOT NULL DEFAULT left(current_user, 16)
);
CREATE INDEX sr_hdr_updt ON sr_hdr (updt_ts, sr_no);
CREATE INDEX sr_hdr_ref ON sr_hdr (ext_ref);

CREATE TABLE sr_stop (
    sr_no char(10) NOT NULL REFERENCES sr_hdr ON DELETE CASCADE,
    stop_seq smallint NOT NULL,
    item_1_cd smallint REFERENCES item_cd, item_1_cnt smallint, item_1_pkd char(1),
    item_2_cd smallint REFERENCES item_cd, item_2_cnt smallint, item_2_pkd char(1),
    item_3_cd smallint REFERENCES item_cd, item_3_cnt smallint, item_3_pkd char(1),
    item_4_cd smallint REFERENCES item_cd, item_4_cnt smallint, item_4_pkd char(1),
    item_5_cd smallint REFERENCES item_cd, item_5_cnt smallint, item_5_pkd char(1),
    item_6_cd smallint REFERENCES item_cd, item_6_cnt smallint, item_6_pkd char(1),
    item_7_cd smallint REFERENCES item_cd, item_7_cnt smallint, item_7_pkd char(1),
    item_8_cd smallint REFERENCES item_cd, item_8_cnt smallint, item_8_pkd char(1),
    item_9_cd smallint REFERENCES item_cd, item_9_cnt smallint, item_9_pkd char(1),
    item_10_cd smallint REFERENCES item_cd, item_10_cnt smallint, item_10_pkd char(1),
    PRIMARY KEY (sr_no, stop_seq)
);

CREATE TABLE sr_note (
    sr_no char(10) NOT NULL REFERENCES sr_hdr ON DELETE CASCADE,
    note_seq smallint NOT NULL,
    note_ts timestamp(0) NOT NULL DEFAULT (now() AT TIME ZONE 'America/Los_Angeles'),
    note_txt varchar(255) NOT NULL,
    ext_ref varchar(60),
    PRIMARY KEY (sr_no, note_seq)
);

-- What a clerk deletes is gone; only its number is written down.
CREATE TABLE sr_del_log (sr_no char(10) NOT NULL, del_ts timestamp(0) NOT NULL);

CREATE FUNCTION sr_hdr_rules() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.stat_cd IN (80, 90) AND NEW.stat_cd NOT IN (80, 90, 10) THEN
        RAISE EXCEPTION 'SR % is closed', OLD.sr_no USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.updt_ts = OLD.updt_ts THEN
        NEW.updt_ts := now() AT TIME ZONE 'America/Los_Angeles';
    END IF;
    IF NEW.stat_cd IN (80, 90) AND NEW.clsd_ts IS NULL THEN
        NEW.clsd_ts := NEW.updt_ts;
    END IF;
    NEW.updt_usr := left(current_user, 16);
    RETURN NEW;
END $$;
CREATE TRIGGER sr_hdr_rules BEFORE UPDATE ON sr_hdr FOR EACH ROW EXECUTE FUNCTION sr_hdr_rules();

CREATE FUNCTION sr_hdr_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sr_del_log VALUES (OLD.sr_no, now() AT TIME ZONE 'America/Los_Angeles');
    RETURN OLD;
END $$;
CREATE TRIGGER sr_hdr_deleted AFTER DELETE ON sr_hdr FOR EACH ROW EXECUTE FUNCTION sr_hdr_deleted();

-- The bridge's login: it reads, adds, and changes what a caller may change. It deletes nothing and makes nothing.
CREATE ROLE sr_bridge LOGIN CONNECTION LIMIT 5;
GRANT USAGE ON SEQUENCE sr_no_seq TO sr_bridge;
GRANT SELECT ON sr_hdr, sr_stop, sr_note, sr_del_log, yard, sr_typ, item_cd TO sr_bridge;
GRANT INSERT (ext_ref, sr_typ, stat_cd, rsln_cd, prty_cd, yard_cd, coll_loc, addr, zip, x_coord, y_coord, cmnt_txt, svc_dt)
    ON sr_hdr TO sr_bridge;
GRANT UPDATE (sr_typ, stat_cd, rsln_cd, prty_cd, yard_cd, coll_loc, addr, zip, x_coord, y_coord, cmnt_txt, svc_dt, updt_ts)
    ON sr_hdr TO sr_bridge;
GRANT INSERT, UPDATE, DELETE ON sr_stop TO sr_bridge;
GRANT INSERT (sr_no, note_seq, note_txt, ext_ref) ON sr_note TO sr_bridge;
