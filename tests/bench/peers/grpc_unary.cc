// The gRPC C++ peer of the unary bench: an asynchronous server and client on completion queues over a unix socket.
//
//   grpc_unary SECONDS IN_FLIGHT BYTES   both sides, the server in a child process
//   grpc_unary call TARGET METHOD SECONDS IN_FLIGHT KEY HEX
//                                        loads any unary method of a running server with one request
//   grpc_unary serve ADDRESS             the echo server alone, until killed
//
// Prints: calls_per_s cpu_us_per_call p50_us p99_us (server_cpu_us_per_call)
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "echo.grpc.pb.h"

namespace {

using Clock = std::chrono::steady_clock;

// One call at the server: waits to be asked, answers, and makes its successor.
class Answer {
public:
	Answer(bench::Echo::AsyncService *service, grpc::ServerCompletionQueue *queue)
	    : service_(service), queue_(queue), writer_(&context_)
	{
		service_->RequestCall(&context_, &request_, &writer_, queue_, queue_, this);
	}

	void proceed(bool ok)
	{
		if (finished_ || !ok) {
			delete this;
			return;
		}
		new Answer(service_, queue_);
		finished_ = true;
		writer_.Finish(request_, grpc::Status::OK, this);
	}

private:
	bench::Echo::AsyncService *service_;
	grpc::ServerCompletionQueue *queue_;
	grpc::ServerContext context_;
	bench::Payload request_;
	grpc::ServerAsyncResponseWriter<bench::Payload> writer_;
	bool finished_ = false;
};

[[noreturn]] void serve(const std::string &address)
{
	bench::Echo::AsyncService service;
	grpc::ServerBuilder builder;
	builder.AddListeningPort(address, grpc::InsecureServerCredentials());
	builder.RegisterService(&service);
	auto queue = builder.AddCompletionQueue();
	auto server = builder.BuildAndStart();
	if (!server) {
		std::fprintf(stderr, "cannot listen on %s\n", address.c_str());
		std::exit(1);
	}
	for (int i = 0; i < 128; i++)
		new Answer(&service, queue.get());
	void *tag;
	bool ok;
	while (queue->Next(&tag, &ok))
		static_cast<Answer *>(tag)->proceed(ok);
	std::exit(0);
}

double cpu_us(const rusage &usage)
{
	auto us = [](const timeval &t) { return t.tv_sec * 1e6 + t.tv_usec; };
	return us(usage.ru_utime) + us(usage.ru_stime);
}

struct Figures {
	double calls_per_s, p50_us, p99_us;
	size_t calls, failed;
};

// Keeps `in_flight` calls of a method going for `seconds`.
Figures load(const std::shared_ptr<grpc::Channel> &channel, const std::string &method,
	     const grpc::ByteBuffer &request, double seconds, int in_flight, const std::string &key)
{
	struct Call {
		std::unique_ptr<grpc::ClientContext> context;
		std::unique_ptr<grpc::ClientAsyncResponseReader<grpc::ByteBuffer>> reader;
		grpc::ByteBuffer reply;
		grpc::Status status;
		Clock::time_point begin;
	};
	grpc::GenericStub stub(channel);
	grpc::CompletionQueue queue;
	std::vector<float> latencies;
	size_t failed = 0;

	auto start = [&](Call *call) {
		call->context = std::make_unique<grpc::ClientContext>();
		if (!key.empty())
			call->context->AddMetadata("authorization", "Bearer " + key);
		call->begin = Clock::now();
		call->reader = stub.PrepareUnaryCall(call->context.get(), method, request, &queue);
		call->reader->StartCall();
		call->reader->Finish(&call->reply, &call->status, call);
	};

	std::vector<Call> calls(in_flight);
	auto begin = Clock::now();
	auto end = begin + std::chrono::duration<double>(seconds);
	for (auto &call : calls)
		start(&call);
	int running = in_flight;
	void *tag;
	bool ok;
	while (running > 0 && queue.Next(&tag, &ok)) {
		auto *call = static_cast<Call *>(tag);
		auto now = Clock::now();
		if (!call->status.ok() && failed++ == 0)
			std::fprintf(stderr, "failed: %d %s\n", call->status.error_code(),
				     call->status.error_message().c_str());
		latencies.push_back(std::chrono::duration<float, std::micro>(now - call->begin).count());
		if (now < end)
			start(call);
		else
			running--;
	}
	double took = std::chrono::duration<double>(Clock::now() - begin).count();
	std::sort(latencies.begin(), latencies.end());
	return {latencies.size() / took, latencies[latencies.size() / 2],
		latencies[latencies.size() * 99 / 100], latencies.size(), failed};
}

void wait_ready(const std::shared_ptr<grpc::Channel> &channel)
{
	if (!channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(10))) {
		std::fprintf(stderr, "no connection\n");
		std::exit(1);
	}
}

grpc::ByteBuffer bytes(const std::string &data)
{
	grpc::Slice slice(data);
	return grpc::ByteBuffer(&slice, 1);
}

std::string unhex(const char *hex)
{
	std::string out;
	for (; hex[0] && hex[1]; hex += 2) {
		char pair[3] = {hex[0], hex[1], 0};
		out.push_back(static_cast<char>(std::strtoul(pair, nullptr, 16)));
	}
	return out;
}

int both(double seconds, int in_flight, int size)
{
	std::string address = "unix:/tmp/grpc-unary-" + std::to_string(getpid()) + ".sock";
	pid_t child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(address);
	}
	auto channel = grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
	wait_ready(channel);
	bench::Payload payload;
	payload.set_body(std::string(size, 'x'));
	auto request = bytes(payload.SerializeAsString());
	load(channel, "/bench.Echo/Call", request, 0.3, in_flight, "");

	rusage before, after, server;
	getrusage(RUSAGE_SELF, &before);
	Figures f = load(channel, "/bench.Echo/Call", request, seconds, in_flight, "");
	getrusage(RUSAGE_SELF, &after);
	kill(child, SIGKILL);
	int status;
	wait4(child, &status, 0, &server);
	// The child's whole life counts, its warm-up too: spread over all calls it answered.
	double share = seconds / (seconds + 0.3);
	double server_us = cpu_us(server) * share / f.calls;
	double client_us = (cpu_us(after) - cpu_us(before)) / f.calls;
	std::printf("%.0f %.2f %.1f %.1f %.2f\n", f.calls_per_s, client_us + server_us, f.p50_us, f.p99_us,
		    server_us);
	return f.failed != 0;
}

} // namespace

int main(int argc, char **argv)
{
	if (argc == 3 && !std::strcmp(argv[1], "serve"))
		serve(argv[2]);
	if (argc == 8 && !std::strcmp(argv[1], "call")) {
		auto channel = grpc::CreateChannel(argv[2], grpc::InsecureChannelCredentials());
		wait_ready(channel);
		Figures f = load(channel, argv[3], bytes(unhex(argv[7])), std::atof(argv[4]), std::atoi(argv[5]),
				 argv[6]);
		std::printf("%.0f 0 %.1f %.1f\n", f.calls_per_s, f.p50_us, f.p99_us);
		return f.failed != 0;
	}
	if (argc == 4)
		return both(std::atof(argv[1]), std::atoi(argv[2]), std::atoi(argv[3]));
	std::fprintf(stderr, "usage: grpc_unary SECONDS IN_FLIGHT BYTES | call TARGET METHOD SECONDS IN_FLIGHT "
			     "KEY HEX | serve ADDRESS\n");
	return 2;
}
