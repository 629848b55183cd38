-- wrk's script: sends each request of a file once, and says what came of it.
-- wrk … -- FILE PATH ; a line of FILE is "<signature>\t<body>".
local waiting, sent = {}, 0

function init(args)
  local headers = { ["Content-Type"] = "application/json" }
  for line in io.lines(args[1]) do
    local signature, body = line:match("^([^\t]+)\t(.*)$")
    headers["X-Retell-Signature"] = signature
    waiting[#waiting + 1] = wrk.format("POST", args[2], headers, body)
  end
end

function request()
  sent = sent + 1
  -- The same signed body again would be a replay, which is answered from memory: stop instead.
  if sent >= #waiting then wrk.thread:stop() end
  return waiting[math.min(sent, #waiting)]
end

function done(summary, latency)
  io.write(string.format(
    '\nRESULT {"answers": %d, "seconds": %f, "refused": %d, "broken": %d, "p50": %f, "p99": %f}\n',
    summary.requests, summary.duration / 1e6, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
