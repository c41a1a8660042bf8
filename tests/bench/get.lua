-- wrk: GET of one of a thousand communities, by random.
math.randomseed(os.time())
request = function()
  return wrk.format("GET", string.format("/v1/communities/00000000-0000-8000-8000-%012d", math.random(1000)))
end
