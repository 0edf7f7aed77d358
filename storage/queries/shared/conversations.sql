-- Who sees a conversation v: agent $1, who sees all of the tenant's where $2. Others see those assigned to them, and
-- unassigned ones without a division or in a division of theirs.

-- fragment: conversation_visible
($2::boolean or v.seen_by in ($1::uuid, '00000000-0000-0000-0000-000000000000')
  or v.seen_by in (select m.division_id from division_agents m where m.agent_id = $1))
