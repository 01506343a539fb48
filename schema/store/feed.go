package store

import "context"

// Claim enters that a consumer group writes a topic's records here, unless the
// topic has been claimed before, and returns the claim in force: the id of the
// topic and the group that had it. With takeOver a claim of the same topic by
// another group is replaced. It guards against mistakes in configuration: two
// groups that claim a topic for the first time in the same instant may both be
// let in once.
func (s *Store) Claim(ctx context.Context, topic, topicID, group string, takeOver bool) (heldID, heldGroup string, err error) {
	heldID, heldGroup, found, err := s.claimOf(ctx, topic)
	if err != nil || found && (heldID != topicID || heldGroup == group || !takeOver) {
		return heldID, heldGroup, err
	}
	err = s.conn.Exec(ctx, "INSERT INTO feeds (topic, topic_id, consumer_group) SELECT {topic:String}, {id:String}, {group:String}",
		named(map[string]string{"topic": topic, "id": topicID, "group": group})...)
	return topicID, group, wrap(err)
}

func (s *Store) claimOf(ctx context.Context, topic string) (id, group string, found bool, err error) {
	rows, err := s.Query(ctx, "SELECT topic_id, consumer_group FROM feeds WHERE topic = {topic:String} ORDER BY claimed_at DESC LIMIT 1", map[string]string{"topic": topic})
	if err != nil {
		return "", "", false, err
	}
	defer rows.Close()
	for rows.Next() {
		found = true
		if err := rows.Scan(&id, &group); err != nil {
			return "", "", false, wrap(err)
		}
	}
	return id, group, found, wrap(rows.Err())
}
