// A stock @grpc/grpc-js client: unary calls, reflection v1, health, typed error details, deadline, cancellation.
//   node stock.js TARGET KEY PROTO_FOLDER LOCKED_COMMUNITY PERSON
// LOCKED_COMMUNITY is held by a transaction of the test: joining it waits in the database. Prints "ok" and exits 0.
'use strict'
const assert = require('assert')
const grpc = require('@grpc/grpc-js')
const loader = require('@grpc/proto-loader')

const [target, key, folder, locked, person] = process.argv.slice(2)
const options = { keepCase: true, longs: String, enums: String, defaults: true, includeDirs: [folder, '/usr/include'] }
const load = file => grpc.loadPackageDefinition(loader.loadSync(file, options))
const insecure = grpc.credentials.createInsecure()

const metadata = new grpc.Metadata()
metadata.set('authorization', 'Bearer ' + key)

const call = (client, method, request, callOptions = {}) => new Promise((resolve, reject) => {
  client[method](request, metadata, callOptions, (error, reply) => error ? reject(error) : resolve(reply))
})

const failure = promise => promise.then(() => assert.fail('was answered'), error => error)

// The ErrorInfo reason of an error, by the public message types.
function reason (error) {
  const protobuf = require('protobufjs')
  const root = new protobuf.Root()
  root.resolvePath = (_, file) => file.startsWith('google/protobuf/') || file.startsWith('protobuf-c/')
    ? '/usr/include/' + file
    : folder + '/' + file
  root.loadSync(['google/rpc/status.proto', 'google/rpc/error_details.proto'])
  const [data] = error.metadata.get('grpc-status-details-bin')
  for (const detail of root.lookupType('google.rpc.Status').decode(data).details) {
    if (detail.type_url.endsWith('/google.rpc.ErrorInfo')) {
      return root.lookupType('google.rpc.ErrorInfo').decode(detail.value).reason
    }
  }
}

async function main () {
  const communities = new (load('kith/member/v1/community.proto').kith.member.v1.CommunityService)(target, insecure)
  const memberships = new (load('kith/member/v1/membership.proto').kith.member.v1.MembershipService)(target, insecure)

  const made = await call(communities, 'CreateCommunity', {
    community: { name: 'Node', type: 'COMMUNITY_TYPE_PRODUCT', time_zone: 'UTC' }
  })
  assert.deepStrictEqual(await call(communities, 'GetCommunity', { community_id: made.community_id }), made)

  const { reflection } = load('grpc/reflection/v1/reflection.proto').grpc
  const services = await new Promise((resolve, reject) => {
    const stream = new reflection.v1.ServerReflection(target, insecure).ServerReflectionInfo(metadata)
    stream.on('data', answer => { resolve(answer.list_services_response.service.map(s => s.name)); stream.end() })
    stream.on('error', reject)
    stream.write({ list_services: '*' })
  })
  assert(services.includes('kith.member.v1.CommunityService'), services)

  const { health } = load('grpc/health/v1/health.proto').grpc
  const checked = await call(new health.v1.Health(target, insecure), 'Check', { service: '' })
  assert.strictEqual(checked.status, 'SERVING')

  const missing = await failure(call(communities, 'GetCommunity', { community_id: '00000000-0000-7000-8000-000000000000' }))
  assert.strictEqual(missing.code, grpc.status.NOT_FOUND)
  assert.strictEqual(reason(missing), 'COMMUNITY_NOT_FOUND')

  const late = await failure(call(memberships, 'JoinCommunity', { community_id: locked, person_id: person },
    { deadline: Date.now() + 500 }))
  assert.strictEqual(late.code, grpc.status.DEADLINE_EXCEEDED)

  const cancelled = await failure(new Promise((resolve, reject) => {
    const running = memberships.JoinCommunity({ community_id: locked, person_id: person }, metadata,
      (error, reply) => error ? reject(error) : resolve(reply))
    // The test tells by a line that the call waits in the database.
    process.stdout.write('waiting\n')
    process.stdin.once('data', () => running.cancel())
  }))
  assert.strictEqual(cancelled.code, grpc.status.CANCELLED)
  process.stdout.write('ok\n')
  process.exit(0)
}

main().catch(error => { console.error(error); process.exit(1) })
