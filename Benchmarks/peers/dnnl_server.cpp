// SPDX-License-Identifier: Apache-2.0
//
// Times oneDNN on request, with the line protocol of `convolve bench --serve`; server.py documents the rows.
//
// A transposed convolution is what oneDNN calls a deconvolution.
//
// plain: NCHW in and out. any: input and output in the layout that oneDNN likes best. nhwc: channels last. winograd:
// its Winograd algorithm, any layout. any_io and winograd_io: the same with NCHW in and out, the reordering included in
// the time. Weights are always packed before, in the layout that the algorithm asks for.

#include <dnnl.hpp>
#include <omp.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <numeric>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

using dnnl::memory;
using Dims = memory::dims;

namespace {

// As `convolve bench` does: short runs are timed together, in blocks no shorter than this, in seconds.
constexpr double shortest_block = 50e-6;
// The other libraries have had the caches and the clock since: run for as long before the first block.
constexpr double warm_up = 4e-3;
// A run as long as this warms the caches itself.
constexpr double long_run = 0.2;

// ---- Requests: flat JSON objects of numbers, strings and arrays of numbers, written by compare.py.

class Request {
  public:
    explicit Request(const std::string &line) : line_(line) {}

    bool has(const std::string &key) const { return find(key) != std::string::npos; }
    long number(const std::string &key, long otherwise = -1) const {
        return has(key) ? std::strtol(value(key), nullptr, 10) : otherwise;
    }
    std::string text(const std::string &key) const {
        if (!has(key)) return "";
        const char *start = value(key);
        if (*start != '"') return "";
        return std::string(start + 1, std::find(start + 1, line_.c_str() + line_.size(), '"'));
    }
    Dims numbers(const std::string &key) const {
        Dims result;
        if (!has(key)) return result;
        const char *at = value(key);
        if (*at != '[') return result;
        while (*at != ']' && *at) {
            char *end;
            result.push_back(std::strtol(++at, &end, 10));
            at = end;
        }
        return result;
    }

  private:
    // With the colon: a layer may have the name of a key.
    size_t find(const std::string &key) const { return line_.find("\"" + key + "\":"); }
    const char *value(const std::string &key) const {
        const char *at = line_.c_str() + find(key) + key.size() + 3;
        while (*at == ' ')
            ++at;
        return at;
    }
    std::string line_;
};

long product(const Dims &dims) {
    return std::accumulate(dims.begin(), dims.end(), 1L, std::multiplies<long>());
}

// Strides of dense tensors, whose axes lie in memory in this order, the outermost first.
Dims strides_of(const Dims &dims, const std::vector<size_t> &order) {
    Dims strides(dims.size());
    long stride = 1;
    for (size_t place = order.size(); place-- > 0; stride *= dims[order[place]])
        strides[order[place]] = stride;
    return strides;
}

struct Shape {
    Dims source, weight, target, strides, padding, end_padding, dilations;
    bool is_transposed, is_grouped;

    explicit Shape(const Request &request) {
        const long n = request.number("n"), c = request.number("c"), k = request.number("k");
        const long groups = request.number("groups");
        const Dims size = request.numbers("size"), kernel = request.numbers("kernel");
        const Dims output_size = request.numbers("output_size"), extra = request.numbers("output_padding");
        is_transposed = request.text("op").find("transpose") != std::string::npos;
        is_grouped = groups > 1;
        source = {n, c};
        target = {n, k};
        weight = is_grouped ? Dims{groups, k / groups, c / groups} : Dims{k, c};
        source.insert(source.end(), size.begin(), size.end());
        target.insert(target.end(), output_size.begin(), output_size.end());
        weight.insert(weight.end(), kernel.begin(), kernel.end());
        strides = request.numbers("stride");
        padding = end_padding = request.numbers("padding");
        dilations = request.numbers("dilation");
        for (auto &dilation : dilations)
            dilation -= 1; // oneDNN counts the rows left out between two taps
        for (size_t i = 0; i < extra.size(); ++i)
            end_padding[i] -= extra[i]; // what is added to the output is what is not cut off
    }

    // Strides of input and output: channels first, or last.
    static Dims first(const Dims &dims) { return strides_of(dims, axes(dims)); }
    static Dims last(const Dims &dims) {
        auto order = axes(dims);
        std::rotate(order.begin() + 1, order.begin() + 2, order.end());
        return strides_of(dims, order);
    }
    // Strides of the weights as they come: a transposed convolution has the input's channels outside.
    Dims plain_weight() const {
        auto order = axes(weight);
        if (is_transposed) std::swap(order[is_grouped], order[is_grouped + 1]);
        return strides_of(weight, order);
    }

  private:
    static std::vector<size_t> axes(const Dims &dims) {
        std::vector<size_t> order(dims.size());
        std::iota(order.begin(), order.end(), 0);
        return order;
    }
};

std::vector<float> read_floats(const std::string &path) {
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    if (!file) throw std::runtime_error("cannot read " + path);
    std::vector<float> values(static_cast<size_t>(file.tellg()) / sizeof(float));
    file.seekg(0);
    file.read(reinterpret_cast<char *>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(float)));
    return values;
}

const dnnl::engine &engine() {
    static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
    return engine;
}

memory::desc describe(const Dims &dims, const Dims &strides) {
    return {dims, memory::data_type::f32, strides};
}

memory::desc describe_any(const Dims &dims) {
    return {dims, memory::data_type::f32, memory::format_tag::any};
}

// ---- A layer, prepared for one way of running it.

class Prepared {
  public:
    Prepared(const Shape &shape, const std::string &variant, std::vector<float> source, std::vector<float> weight)
        : stream_(engine()), source_data_(std::move(source)), target_data_(product(shape.target)) {
        if (shape.is_transposed) {
            prepare<dnnl::deconvolution_forward>(shape, variant, weight);
        } else {
            prepare<dnnl::convolution_forward>(shape, variant, weight);
        }
    }

    void run() {
        for (auto &step : steps_)
            step.primitive.execute(stream_, step.arguments);
        stream_.wait();
    }

    const std::vector<float> &output() {
        out_of_.execute(stream_, target_, plain_target_);
        stream_.wait();
        return target_data_;
    }

    std::string implementation;
    double seconds = 0; // of a run, once known

  private:
    struct Step {
        dnnl::primitive primitive;
        std::unordered_map<int, memory> arguments;
    };

    template <class Forward> void prepare(const Shape &shape, const std::string &variant, std::vector<float> &weight) {
        const bool reorders = variant.size() > 3 && variant.compare(variant.size() - 3, 3, "_io") == 0;
        const auto descriptor = make<Forward>(shape, variant);
        implementation = descriptor.impl_info_str();
        if (is_winograd(variant) && implementation.find("wino") == std::string::npos) {
            // Versions from 3 on may take another algorithm for a deconvolution than what they are asked for.
            throw dnnl::error(dnnl_unimplemented, "not Winograd's algorithm");
        }

        const memory plain_source(describe(shape.source, Shape::first(shape.source)), engine(), source_data_.data());
        memory plain_weight(describe(shape.weight, shape.plain_weight()), engine(), weight.data());
        plain_target_ = memory(describe(shape.target, Shape::first(shape.target)), engine(), target_data_.data());
        // Also where the layouts agree, so that every way works on the library's own memory.
        source_ = memory(descriptor.src_desc(), engine());
        weight_ = memory(descriptor.weights_desc(), engine());
        target_ = memory(descriptor.dst_desc(), engine());
        dnnl::reorder(plain_weight, weight_).execute(stream_, plain_weight, weight_);
        const dnnl::reorder into(plain_source, source_);
        into.execute(stream_, const_cast<memory &>(plain_source), source_);
        out_of_ = dnnl::reorder(target_, plain_target_);
        stream_.wait();

        add(Forward(descriptor), {{DNNL_ARG_SRC, source_}, {DNNL_ARG_WEIGHTS, weight_}, {DNNL_ARG_DST, target_}});
        if (reorders) {
            if (source_.get_desc() != plain_source.get_desc()) {
                add(into, {{DNNL_ARG_FROM, plain_source}, {DNNL_ARG_TO, source_}});
                std::rotate(steps_.begin(), steps_.end() - 1, steps_.end());
            }
            if (target_.get_desc() != plain_target_.get_desc()) {
                add(out_of_, {{DNNL_ARG_FROM, target_}, {DNNL_ARG_TO, plain_target_}});
            }
        }
    }

    void add(const dnnl::primitive &primitive, std::unordered_map<int, memory> arguments) {
        steps_.push_back({primitive, std::move(arguments)});
    }

    static bool is_winograd(const std::string &variant) { return variant.rfind("winograd", 0) == 0; }

    static dnnl::algorithm algorithm_of(const Shape &shape, const std::string &variant) {
        using dnnl::algorithm;
        if (is_winograd(variant)) {
            return shape.is_transposed ? algorithm::deconvolution_winograd : algorithm::convolution_winograd;
        }
        return shape.is_transposed ? algorithm::deconvolution_direct : algorithm::convolution_direct;
    }

    template <class Forward>
    static typename Forward::primitive_desc make(const Shape &shape, const std::string &variant) {
        const auto algorithm = algorithm_of(shape, variant);
        const auto layout = [&](const Dims &dims) {
            if (variant == "plain") return describe(dims, Shape::first(dims));
            if (variant == "nhwc") return describe(dims, Shape::last(dims));
            return describe_any(dims);
        };
        const auto source = layout(shape.source), target = layout(shape.target), weight = describe_any(shape.weight);
        const auto kind = dnnl::prop_kind::forward_inference;
#if DNNL_VERSION_MAJOR >= 3
        return {engine(), kind,          algorithm,       source,        weight,
                target,   shape.strides, shape.dilations, shape.padding, shape.end_padding};
#else
        return {
            {kind, algorithm, source, weight, target, shape.strides, shape.dilations, shape.padding, shape.end_padding},
            engine()};
#endif
    }

    dnnl::stream stream_;
    std::vector<float> source_data_, target_data_;
    memory source_, weight_, target_, plain_target_;
    dnnl::reorder out_of_;
    std::vector<Step> steps_;
};

// ---- Times.

double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double seconds_of(Prepared &prepared, long count) {
    const double start = now();
    for (long i = 0; i < count; ++i)
        prepared.run();
    return (now() - start) / static_cast<double>(count);
}

double median(std::vector<double> times) {
    std::sort(times.begin(), times.end());
    const size_t half = times.size() / 2;
    return times.size() % 2 ? times[half] : (times[half - 1] + times[half]) / 2;
}

std::vector<double> measure(Prepared &prepared, long repetitions) {
    const double end = now() + warm_up;
    if (prepared.seconds < long_run) {
        do
            prepared.run();
        while (now() < end);
    }
    const double seconds = prepared.seconds > 0 ? prepared.seconds : seconds_of(prepared, 1);
    const long count = std::max(1L, static_cast<long>(std::ceil(shortest_block / std::max(seconds, 1e-9))));
    std::vector<double> times;
    for (long i = 0; i < repetitions; ++i) {
        if (seconds < long_run) prepared.run();
        times.push_back(seconds_of(prepared, count));
    }
    prepared.seconds = median(times);
    return times;
}

// ---- The server.

std::string quote(const std::string &text) {
    std::string result = "\"";
    for (char c : text)
        result += c == '"' || c == '\\' ? '\'' : c == '\n' ? ' ' : c;
    return result + "\"";
}

class Server {
  public:
    std::string answer(const std::string &line) {
        const Request request(line);
        if (request.has("describe")) {
            const auto version = dnnl_version();
            std::ostringstream text;
            text << "{\"library\": \"oneDNN\", \"version\": \"" << version->major << '.' << version->minor << '.'
                 << version->patch << "\", \"variants\": [\"plain\", \"any\", \"nhwc\", \"winograd\", \"any_io\", "
                 << "\"winograd_io\"]}";
            return text.str();
        }
        const Shape shape(request);
        const std::string variant = request.text("algorithm"), folder = request.text("data");
        const long threads = request.number("threads", 1);
        omp_set_num_threads(static_cast<int>(threads));
        const std::string layer = request.text("name") + " " + folder;
        if (layer != layer_) prepared_.clear();
        layer_ = layer;
        auto &prepared = prepared_[{variant, threads}];
        // A primitive is made for the number of threads that is set when it is made.
        if (!prepared) {
            prepared = std::make_unique<Prepared>(shape, variant, read_floats(folder + "/input.f32"),
                                                  read_floats(folder + "/weight.f32"));
        }
        const double least = least_call(threads);
        const auto times = measure(*prepared, request.number("repetitions", 10));
        if (request.has("answer")) {
            // The last of many runs: a library that writes over its input is found out.
            const auto &output = prepared->output();
            std::ofstream file(request.text("answer"), std::ios::binary);
            file.write(reinterpret_cast<const char *>(output.data()),
                       static_cast<std::streamsize>(output.size() * sizeof(float)));
        }
        std::ostringstream text;
        text.precision(9);
        text << "{\"layer\": " << quote(request.text("name")) << ", \"algorithm\": " << quote(variant)
             << ", \"resolved\": " << quote(prepared->implementation) << ", \"threads\": " << threads
             << ", \"repetitions\": " << times.size()
             << ", \"min_ms\": " << *std::min_element(times.begin(), times.end()) * 1e3
             << ", \"median_ms\": " << median(times) * 1e3 << ", \"least_call_ms\": " << least * 1e3 << "}";
        return text.str();
    }

  private:
    // Seconds of the shortest call, a convolution of one number.
    double least_call(long threads) {
        if (const auto known = least_.find(threads); known != least_.end()) return known->second;
        const Shape shape(Request(
            R"({"op": "conv2d", "n": 1, "c": 1, "k": 1, "size": [1, 1], "output_size": [1, 1], "kernel": [1, 1], )"
            R"("stride": [1, 1], "padding": [0, 0], "dilation": [1, 1], "groups": 1})"));
        Prepared prepared(shape, "plain", {1}, {1});
        const auto times = measure(prepared, 20);
        return least_[threads] = *std::min_element(times.begin(), times.end());
    }

    std::string layer_;
    std::map<std::pair<std::string, long>, std::unique_ptr<Prepared>> prepared_;
    std::map<long, double> least_;
};

} // namespace

int main() {
    Server server;
    std::string line;
    while (std::getline(std::cin, line)) {
        try {
            std::cout << server.answer(line) << std::endl;
        } catch (const dnnl::error &error) {
            const bool is_unsupported = error.status == dnnl_unimplemented;
            std::cout << "{\"error\": "
                      << quote(is_unsupported ? "oneDNN does not implement this layer in this way" : error.what())
                      << "}" << std::endl;
        } catch (const std::exception &error) {
            std::cout << "{\"error\": " << quote(error.what()) << "}" << std::endl;
        }
    }
}
