-- Accounts that were requested because of a video which is outside the scope of the study by now.
DELETE FROM user_observations
WHERE username NOT IN (
    SELECT replace(username, chr(0), '') FROM (
        SELECT username FROM videos UNION SELECT username FROM videos_gone
    ) WHERE username IS NOT NULL
);
