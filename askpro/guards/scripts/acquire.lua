-- One permit for one request. KEYS: circuit. ARGV: token, reserve, the rules.
return acquire(KEYS[1], ARGV[1], tonumber(ARGV[2]), rules_from(3), now_ms())
