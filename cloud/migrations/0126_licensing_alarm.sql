-- +goose Up
-- Of the last days: applications that are deemed accepted, because nobody answered
-- them. They are few among all events.
CREATE INDEX licensing_event_deemed ON licensing_event (at) WHERE event = 'deem_accepted';

-- +goose Down
DROP INDEX licensing_event_deemed;
