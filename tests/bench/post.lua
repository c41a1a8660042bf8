-- wrk: a post of its own in one of the communities named in KITH_COMMUNITIES; a key of its own per request.
local paths = {}
for community in os.getenv("KITH_COMMUNITIES"):gmatch("[^,]+") do
  paths[#paths + 1] = "/v1/communities/" .. community .. "/posts"
end
local body = '{"authorPersonId":"' .. os.getenv("KITH_PERSON") .. '","body":"a post of some length, as people write"}'
local counter, run = 0, os.getenv("KITH_RUN") .. "-"
wrk.headers["Content-Type"] = "application/json"
request = function()
  counter = counter + 1
  wrk.headers["Idempotency-Key"] = run .. counter
  return wrk.format("POST", paths[counter % #paths + 1], nil, body)
end
