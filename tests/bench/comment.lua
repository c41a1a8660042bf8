-- wrk: a comment of its own on one of the posts named in KITH_POSTS ("community/post,…"); a key of its own per request.
local posts = {}
for community, post in os.getenv("KITH_POSTS"):gmatch("([^/,]+)/([^,]+)") do
  posts[#posts + 1] = "/v1/communities/" .. community .. "/posts/" .. post .. "/comments"
end
local body = '{"authorPersonId":"' .. os.getenv("KITH_PERSON") .. '","body":"a comment of some length, as people write"}'
local counter, base = 0, os.getenv("KITH_RUN") .. "-"
local threads = 0
function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end
request = function()
  counter = counter + 1
  wrk.headers["Content-Type"] = "application/json"
  wrk.headers["Idempotency-Key"] = base .. number .. "-" .. counter
  return wrk.format("POST", posts[counter % #posts + 1], nil, body)
end
