// The Node peers of the GET bench.
//   node peer.js one  PORT CONNINFO KEY            fastify + pg in one process
//   node peer.js edge PORT GRPC_ADDRESS KEY        fastify that asks the service over gRPC
//   node peer.js serve GRPC_ADDRESS CONNINFO       the service: grpc-js + pg
'use strict'
const crypto = require('crypto')
const path = require('path')

const SELECT = {
  name: 'get',
  text: `SELECT community_id, slug, name, notice, theme, type, time_zone, locale, capacity, join_mode, state,
         member_count, create_time, update_time FROM community WHERE community_id = $1`
}
const digest = text => crypto.createHash('sha256').update(text).digest()

function database (connectionString) {
  const { Pool } = require('pg')
  const pool = new Pool({ connectionString, max: 8 })
  return async id => (await pool.query({ ...SELECT, values: [id] })).rows[0]
}

function json (row) {
  return { ...row, create_time: row.create_time.toISOString(), update_time: row.update_time.toISOString() }
}

function http (port, key, get) {
  const expected = digest(key)
  const app = require('fastify')({ logger: false })
  app.addHook('onRequest', async (request, reply) => {
    const given = request.headers.authorization || ''
    if (!given.startsWith('Bearer ') || !crypto.timingSafeEqual(digest(given.slice(7)), expected)) {
      reply.code(401).send({})
    }
  })
  app.get('/v1/communities/:id', async (request, reply) => {
    const row = await get(request.params.id)
    if (!row) return reply.code(404).send({})
    return row
  })
  app.listen({ port, host: '127.0.0.1' })
}

function contract () {
  const grpc = require('@grpc/grpc-js')
  const definition = require('@grpc/proto-loader').loadSync(path.join(__dirname, 'community.proto'), {
    keepCase: true, longs: String, defaults: true
  })
  return { grpc, peer: grpc.loadPackageDefinition(definition).peer }
}

const [role, first, second, third] = process.argv.slice(2)
if (role === 'one') {
  const find = database(second)
  http(Number(first), third, async id => { const row = await find(id); return row && json(row) })
} else if (role === 'edge') {
  const { grpc, peer } = contract()
  const client = new peer.Communities(second, grpc.credentials.createInsecure())
  http(Number(first), third, id => new Promise((resolve, reject) => {
    client.get({ community_id: id }, (error, row) => error ? reject(error) : resolve(row))
  }))
} else if (role === 'serve') {
  const { grpc, peer } = contract()
  const find = database(second)
  const server = new grpc.Server()
  server.addService(peer.Communities.service, {
    get: (call, done) => find(call.request.community_id).then(
      row => row ? done(null, json(row)) : done({ code: grpc.status.NOT_FOUND }), done)
  })
  server.bindAsync(first, grpc.ServerCredentials.createInsecure(), error => {
    if (error) throw error
  })
} else {
  console.error('usage: peer.js one|edge|serve …')
  process.exit(2)
}
