-- Asks one of args[1] services by one of its args[2] hosts, at random; the names are those of programs/metadata.ts.
local requests = {}

function init(args)
  math.randomseed(1)
  for service = 0, tonumber(args[1]) - 1 do
    for host = 0, tonumber(args[2]) - 1 do
      local prefix = host == 0 and "" or "h" .. host .. "."
      wrk.headers["Host"] = prefix .. "service-" .. service .. ".stack-0.example.local"
      requests[#requests + 1] = wrk.format()
    end
  end
end

function request()
  return requests[math.random(#requests)]
end
