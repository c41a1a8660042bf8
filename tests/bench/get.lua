-- wrk: GET of one of a thousand communities, by random; the requests are made beforehand, so that the client costs little.
local requests = {}
init = function()
  math.randomseed(os.time())
  for i = 1, 1000 do
    requests[i] = wrk.format("GET", string.format("/v1/communities/00000000-0000-8000-8000-%012d", i))
  end
end
request = function()
  return requests[math.random(1000)]
end
