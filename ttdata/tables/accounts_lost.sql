-- Accounts that the newest wave could not find, and an earlier one could: made private, removed, or renamed.
CREATE VIEW accounts_lost AS
SELECT username, arg_max(refused, observed_at) AS refused, max(observed_at) FILTER (refused IS NULL) AS last_seen
FROM user_observations
GROUP BY username
HAVING arg_max(refused IS NOT NULL, observed_at) AND count(*) FILTER (refused IS NULL) > 0;

COMMENT ON VIEW accounts_lost IS 'accounts that were disclosed in an earlier wave and are not in the newest one';
COMMENT ON COLUMN accounts_lost.username IS 'users.username';
COMMENT ON COLUMN accounts_lost.refused IS 'why the API disclosed nothing, such as UserPrivate';
COMMENT ON COLUMN accounts_lost.last_seen IS 'time of the last answer about it, UTC, by the clock of the API';
