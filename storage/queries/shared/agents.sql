-- An agent as the API shows it, from agents a and its roles r.

-- fragment: agent_members
'id', a.id, 'email', a.email, 'name', a.name, 'role', r.name, 'role_id', a.role_id,
'can_broadcast', a.can_broadcast, 'status', case when a.is_online then 'online' else 'offline' end,
'is_active', a.is_active, 'created_at', rfc3339(a.created_at), 'updated_at', rfc3339(a.updated_at)
