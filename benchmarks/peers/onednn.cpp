// oneDNN's LSTM and GRU primitives, which PyTorch 2 calls on a CPU, and OpenBLAS's sgemm: the cases of ../Cases.cs, with one thread.
// Debian: libdnnl-dev libopenblas-dev g++.   build: g++ -std=c++17 -O2 -march=native onednn.cpp -ldnnl -lopenblas -o onednn
// run: OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 ./onednn [scaling]      prints JSON lines {peer, model, op, batch, us, gflops}
#include <cblas.h>
#include <dnnl.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <unordered_map>
#include <vector>

using namespace dnnl;
using tag = memory::format_tag;
using Arguments = std::unordered_map<int, memory>;

static engine cpu(engine::kind::cpu, 0);
static stream work(cpu);

static double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// Median time in microseconds of many runs, after some.
template <class Run> double median(Run run) {
    for (int i = 0; i < 5; i++) run();
    std::vector<double> times;
    for (double start = now(); times.size() < 3000 && (times.size() < 5 || now() - start < 1);) {
        double before = now();
        run();
        times.push_back(now() - before);
    }
    std::sort(times.begin(), times.end());
    return times[times.size() / 2] * 1e6;
}

static void print(const std::string &peer, const std::string &model, const char *op, int batch, double us, double flops) {
    printf("{\"peer\":\"%s\",\"model\":\"%s\",\"op\":\"%s\",\"batch\":%d,\"us\":%.2f,\"gflops\":%.1f}\n",
           peer.c_str(), model.c_str(), op, batch, us, flops / us / 1e3);
    fflush(stdout);
}

// Small values, so that nothing saturates, overflows or becomes denormal.
static float value(size_t i) { return (i * 2654435761u >> 8) % 1000 / 5000.f - 0.1f; }

static memory tensor(const memory::desc &desc) {
    memory m(desc, cpu);
    float *values = static_cast<float *>(m.get_data_handle());
    for (size_t i = 0; i < desc.get_size() / sizeof(float); i++) values[i] = value(i);
    return m;
}

struct Shape {
    int T, I, H;
    bool bidirectional;
    rnn_direction direction() const { return bidirectional ? rnn_direction::bidirectional_concat : rnn_direction::unidirectional_left2right; }
};

// x (T, B, I), y (T, B, D·H), states (D, B, H); weights in whatever layout the primitive likes best: packing them is not timed.
struct Tensors {
    memory::desc x, y, h, c, wx, wh, b;
    Tensors(Shape s, int batch, int gates) {
        int D = s.bidirectional ? 2 : 1;
        auto make = [](memory::dims sizes, tag layout) { return memory::desc(sizes, memory::data_type::f32, layout); };
        x = make({s.T, batch, s.I}, tag::tnc), y = make({s.T, batch, s.H * D}, tag::tnc);
        h = c = make({1, D, batch, s.H}, tag::ldnc);
        wx = make({1, D, s.I, gates, s.H}, tag::any), wh = make({1, D, s.H, gates, s.H}, tag::any);
        b = make({1, D, 4, s.H}, tag::ldgo);   // GRU: the hidden part of n has a bias of its own
    }
};

struct Lstm {
    using Forward = lstm_forward;
    using Backward = lstm_backward;
    static constexpr int gates = 4;
    static constexpr const char *name = "lstm";
    static Forward::desc forward(prop_kind kind, rnn_direction r, const Tensors &t) {
        return {kind, r, t.x, t.h, t.c, t.wx, t.wh, t.b, t.y, t.h, t.c};
    }
    static Backward::desc backward(rnn_direction r, const Tensors &t) {
        return {prop_kind::backward, r, t.x, t.h, t.c, t.wx, t.wh, t.b, t.y, t.h, t.c, t.x, t.h, t.c, t.wx, t.wh, t.b, t.y, t.h, t.c};
    }
    static void cells(const Tensors &t, Arguments &a, int in, int out) { a.insert({{in, tensor(t.c)}, {out, tensor(t.c)}}); }
};

// "Linear before reset": PyTorch's GRU.
struct Gru {
    using Forward = lbr_gru_forward;
    using Backward = lbr_gru_backward;
    static constexpr int gates = 3;
    static constexpr const char *name = "gru";
    static Forward::desc forward(prop_kind kind, rnn_direction r, const Tensors &t) { return {kind, r, t.x, t.h, t.wx, t.wh, t.b, t.y, t.h}; }
    static Backward::desc backward(rnn_direction r, const Tensors &t) {
        return {prop_kind::backward, r, t.x, t.h, t.wx, t.wh, t.b, t.y, t.h, t.x, t.h, t.wx, t.wh, t.b, t.y, t.h};
    }
    static void cells(const Tensors &, Arguments &, int, int) {}
};

template <class Cell> class Layer {
    Shape s;
    int batch;
    Tensors t;

    // What goes into a forward pass and comes out; the weights may have the layout that the backward pass wants.
    template <class Description> Arguments given(const Description &d) {
        Arguments a{{DNNL_ARG_SRC_LAYER, tensor(t.x)}, {DNNL_ARG_SRC_ITER, tensor(t.h)}, {DNNL_ARG_BIAS, tensor(t.b)},
                    {DNNL_ARG_WEIGHTS_LAYER, tensor(d.weights_layer_desc())}, {DNNL_ARG_WEIGHTS_ITER, tensor(d.weights_iter_desc())},
                    {DNNL_ARG_DST_LAYER, tensor(t.y)}, {DNNL_ARG_DST_ITER, tensor(t.h)}};
        Cell::cells(t, a, DNNL_ARG_SRC_ITER_C, DNNL_ARG_DST_ITER_C);
        return a;
    }

    void report(const char *op, double us, double passes) {
        char peer[40], model[60];
        const version_t *v = version();
        snprintf(peer, sizeof peer, "onednn%d.%d.%d", v->major, v->minor, v->patch);
        snprintf(model, sizeof model, "%s T%d I%d H%d%s", Cell::name, s.T, s.I, s.H, s.bidirectional ? " bi" : "");
        print(peer, model, op, batch, us, passes * 2.0 * s.T * batch * Cell::gates * s.H * (s.I + s.H) * (s.bidirectional ? 2 : 1));
    }

  public:
    Layer(Shape s, int batch) : s(s), batch(batch), t(s, batch, Cell::gates) {}

    void infer() {
        typename Cell::Forward::primitive_desc d(Cell::forward(prop_kind::forward_inference, s.direction(), t), cpu);
        typename Cell::Forward forward(d);
        Arguments a = given(d);
        report("infer", median([&] { forward.execute(work, a); work.wait(); }), 1);
    }

    void train() {
        typename Cell::Forward::primitive_desc d(Cell::forward(prop_kind::forward_training, s.direction(), t), cpu);
        typename Cell::Backward::primitive_desc back(Cell::backward(s.direction(), t), cpu, d);
        typename Cell::Forward forward(d);
        typename Cell::Backward backward(back);
        Arguments a = given(d), b = a;
        memory saved = tensor(d.workspace_desc());
        a.insert({DNNL_ARG_WORKSPACE, saved});
        b[DNNL_ARG_WEIGHTS_LAYER] = tensor(back.weights_layer_desc()), b[DNNL_ARG_WEIGHTS_ITER] = tensor(back.weights_iter_desc());
        b.insert({{DNNL_ARG_WORKSPACE, saved}, {DNNL_ARG_DIFF_BIAS, tensor(t.b)},
                  {DNNL_ARG_DIFF_SRC_LAYER, tensor(t.x)}, {DNNL_ARG_DIFF_SRC_ITER, tensor(t.h)},
                  {DNNL_ARG_DIFF_WEIGHTS_LAYER, tensor(back.diff_weights_layer_desc())},
                  {DNNL_ARG_DIFF_WEIGHTS_ITER, tensor(back.diff_weights_iter_desc())},
                  {DNNL_ARG_DIFF_DST_LAYER, tensor(t.y)}, {DNNL_ARG_DIFF_DST_ITER, tensor(t.h)}});
        Cell::cells(t, b, DNNL_ARG_DIFF_SRC_ITER_C, DNNL_ARG_DIFF_DST_ITER_C);
        report("fwd+bwd", median([&] { forward.execute(work, a); backward.execute(work, b); work.wait(); }), 3);
    }
};

template <class Cell> void both(Shape shape, int batch) {
    Layer<Cell> layer(shape, batch);
    layer.infer();
    layer.train();
}

// C (M, N) = A (M, K) B (K, N), row-major.
static void gemm(int M, int N, int K) {
    std::vector<float> a(M * K), b(K * N), c(M * N);
    for (size_t i = 0; i < a.size(); i++) a[i] = value(i);
    for (size_t i = 0; i < b.size(); i++) b[i] = value(i);
    double us = median([&] { cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, M, N, K, 1, a.data(), K, b.data(), N, 0, c.data(), N); });
    std::string config = openblas_get_config(), peer = "openblas" + config.substr(9, config.find(' ', 9) - 9);   // "OpenBLAS 0.3.21 ..."
    print(peer, "gemm " + std::to_string(M) + "x" + std::to_string(N) + "x" + std::to_string(K), "gemm", 1, us, 2.0 * M * N * K);
}

static void scaling() {
    for (int T : {10, 20, 50, 100, 200, 500, 1000, 2000}) Layer<Lstm>({T, 64, 64, false}, 32).train();
    for (int B : {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024}) Layer<Lstm>({60, 128, 128, false}, B).train();
    for (int H : {16, 32, 128, 256, 512, 1024}) Layer<Lstm>({20, H, H, false}, 32).train();
}

int main(int count, char **arguments) {
    if (count > 1 && !strcmp(arguments[1], "scaling")) {
        scaling();
        return 0;
    }
    for (int batch : {1, 32, 256}) {
        for (Shape s : {Shape{20, 6, 32, false}, {20, 6, 64, true}, {60, 20, 128, false}, {60, 128, 64, false}, {10, 32, 128, false},
                        {60, 128, 256, false}})
            both<Lstm>(s, batch);
        for (Shape s : {Shape{60, 20, 128, false}, {20, 6, 32, false}}) both<Gru>(s, batch);
    }
    for (auto [M, N, K] : std::vector<std::array<int, 3>>{{32, 512, 128}, {32, 128, 32}, {512, 148, 1920}, {1920, 512, 128}, {1920, 128, 512},
                                                          {512, 512, 512}, {1024, 1024, 1024}, {2048, 2048, 2048}, {37, 53, 29}})
        gemm(M, N, K);
}
