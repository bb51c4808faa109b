/* Running and waiting requests from what servers show to Prometheus. */
#include "wire/server_queue.h"

#include "base/base.h"

#include "check.h"
#include "fence.h"

#include <math.h>

static const struct {
    const char *row, *text;
    double running, queued; /* NAN: not shown */
} rows[] = {
    {"vLLM",
     "# HELP vllm:num_requests_running Number of requests.\n"
     "# TYPE vllm:num_requests_running gauge\n"
     "vllm:num_requests_running{engine=\"0\",model_name=\"m\"} 12.0\n"
     "vllm:num_requests_waiting{engine=\"0\",model_name=\"m\"} 3.0\n"
     "vllm:num_requests_waiting_by_reason{reason=\"capacity\"} 99.0\n",
     12, 3},
    {"engines are added",
     "vllm:num_requests_running{engine=\"0\"} 1\nvllm:num_requests_running{engine=\"1\"} "
     "2\n",
     3, NAN},
    {"SGLang", "sglang:num_running_reqs 4\nsglang:num_queue_reqs 0\n", 4, 0},
    {"TensorRT-LLM", "trtllm_num_requests_running 4\ntrtllm_num_requests_waiting 1\n",
     4, 1},
    {"LMDeploy", "lmdeploy:num_requests_running 4\nlmdeploy:num_requests_waiting 1", 4,
     1},
    {"llama.cpp", "llamacpp:requests_processing 1\nllamacpp:requests_deferred 7\n", 1,
     7},
    {"TGI", "tgi_batch_current_size 8\r\ntgi_queue_size 2\r\n", 8, 2},
    {"labels with all that they may hold",
     "tgi_queue_size{a=\"}\",b=\"\\\"} 9\",c=\"\\\\\"} 5 1795274725781\n", NAN, 5},
    {"exponent", "tgi_queue_size\t1.5e+01\n", NAN, 15},
    {"not a number", "tgi_queue_size NaN\ntgi_batch_current_size +Inf\n", NAN, NAN},
    {"below zero", "tgi_queue_size -1\n", NAN, NAN},
    {"no value", "tgi_queue_size\ntgi_batch_current_size \n", NAN, NAN},
    {"no end of labels", "tgi_queue_size{a=\"x 5\n", NAN, NAN},
    {"part of a name", "tgi_queue_size_total 5\nxtgi_queue_size 5\n", NAN, NAN},
    {"words behind the number", "tgi_queue_size 5x\n", NAN, NAN},
    {"JSON", "[{\"numQueuedRequests\":1}]", NAN, NAN},
    {"nothing", "", NAN, NAN},
};

static bool is_same(double a, double b)
{
    return isnan(a) ? isnan(b) : !isnan(b) && fabs(a - b) < 1e-9;
}

static void servers_are_read(void)
{
    struct fence fence = fence_new(1024);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        size_t length = strlen(rows[i].text);
        const char *text = fence_put(&fence, rows[i].text, length);
        struct server_queue q = server_queue_read(text, length);
        check_row = rows[i].row;
        CHECK(is_same(q.running, rows[i].running));
        CHECK(is_same(q.queued, rows[i].queued));
    }
    fence_free(&fence);
}

int main(void)
{
    RUN(servers_are_read);
    return check_report();
}
