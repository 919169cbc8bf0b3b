-- Where a registration stands follows from its payment and from the sittings that it
-- has places in; finding those of a state worked that out for every row. What is kept
-- here is for finding only: what a page shows is still read from the sittings. The
-- database keeps it, whichever way a sitting or a candidate is changed.

-- +goose Up
ALTER TABLE exam_enrolment
    ADD COLUMN standing text NOT NULL DEFAULT 'TO_PAY' CHECK (standing IN ('TO_PAY', 'WAITING', 'ARRANGED', 'ENDED')),
    -- of the sittings that are held; empty: no place
    ADD COLUMN venues text[] NOT NULL DEFAULT '{}';
CREATE INDEX exam_enrolment_place_sitting ON exam_enrolment_place (sitting);

-- +goose StatementBegin
CREATE FUNCTION exam_enrolment_stand(which text[]) RETURNS void LANGUAGE sql AS $$
    UPDATE exam_enrolment e SET venues = coalesce(held.venues, '{}'),
        standing = CASE WHEN e.ended_at IS NOT NULL THEN 'ENDED' WHEN e.notice_no = '' THEN 'TO_PAY'
            WHEN held.subjects < cardinality(e.subjects) THEN 'WAITING' WHEN held.published THEN 'ENDED' ELSE 'ARRANGED' END
    FROM unnest(which) AS w(id), LATERAL (SELECT count(DISTINCT s.subject)::int AS subjects, bool_and(s.state = 'PUBLISHED') AS published,
            array_agg(DISTINCT s.venue) AS venues
        FROM exam_enrolment_place p JOIN exam_candidate c ON c.id = p.candidate JOIN exam_sitting s ON s.id = c.sitting
        WHERE p.enrolment = w.id AND s.state <> 'CANCELLED') held
    WHERE e.id = w.id
$$;
CREATE FUNCTION exam_enrolment_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'exam_enrolment' THEN
        PERFORM exam_enrolment_stand(ARRAY[NEW.id]);
    ELSIF TG_TABLE_NAME = 'exam_sitting' THEN
        PERFORM exam_enrolment_stand(ARRAY(SELECT enrolment FROM exam_enrolment_place WHERE sitting = NEW.id ORDER BY enrolment));
    ELSIF TG_OP = 'DELETE' THEN
        PERFORM exam_enrolment_stand(ARRAY[OLD.enrolment]);
    ELSE
        PERFORM exam_enrolment_stand(ARRAY[NEW.enrolment]);
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER exam_enrolment_stands AFTER INSERT OR UPDATE OF notice_no, ended_at, subjects ON exam_enrolment
    FOR EACH ROW EXECUTE FUNCTION exam_enrolment_stands();
CREATE TRIGGER exam_enrolment_place_stands AFTER INSERT OR DELETE ON exam_enrolment_place
    FOR EACH ROW EXECUTE FUNCTION exam_enrolment_stands();
CREATE TRIGGER exam_sitting_stands AFTER UPDATE OF state, venue, subject ON exam_sitting
    FOR EACH ROW WHEN (OLD.venue <> NEW.venue OR OLD.subject <> NEW.subject
        OR OLD.state <> NEW.state AND (OLD.state IN ('PUBLISHED', 'CANCELLED') OR NEW.state IN ('PUBLISHED', 'CANCELLED')))
    EXECUTE FUNCTION exam_enrolment_stands();

SELECT exam_enrolment_stand(ARRAY(SELECT id FROM exam_enrolment));

CREATE INDEX exam_enrolment_standing ON exam_enrolment (standing, opened_at DESC, id);
CREATE INDEX exam_enrolment_overdue ON exam_enrolment (standing, arrange_by);
CREATE INDEX exam_enrolment_category ON exam_enrolment (category, opened_at DESC, id);
CREATE INDEX exam_enrolment_venues ON exam_enrolment USING gin (venues);
CREATE INDEX exam_enrolment_nowhere ON exam_enrolment (opened_at DESC, id) WHERE venues = '{}';
-- beginnings of what is searched for
CREATE INDEX exam_enrolment_name ON exam_enrolment (name text_pattern_ops);
CREATE INDEX exam_enrolment_apply_no ON exam_enrolment (apply_no text_pattern_ops);
CREATE INDEX exam_enrolment_notice_no ON exam_enrolment (notice_no text_pattern_ops) WHERE notice_no <> '';

-- +goose Down
DROP TRIGGER exam_sitting_stands ON exam_sitting;
DROP TRIGGER exam_enrolment_place_stands ON exam_enrolment_place;
DROP TRIGGER exam_enrolment_stands ON exam_enrolment;
DROP FUNCTION exam_enrolment_stands();
DROP FUNCTION exam_enrolment_stand(text[]);
DROP INDEX exam_enrolment_place_sitting;
DROP INDEX exam_enrolment_category;
DROP INDEX exam_enrolment_name;
DROP INDEX exam_enrolment_apply_no;
DROP INDEX exam_enrolment_notice_no;
ALTER TABLE exam_enrolment DROP COLUMN standing, DROP COLUMN venues; -- with their indexes
