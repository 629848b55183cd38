-- One permit for one request. KEYS: circuit. ARGV: token, reserve, rules.
return acquire(KEYS[1], ARGV[1], tonumber(ARGV[2]), cjson.decode(ARGV[3]), now_ms())
