// SPDX-License-Identifier: Apache-2.0
//
// Times oneDNN on request, with the line protocol of `convolve bench --serve`; server.py documents the rows.
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

    bool has(const std::string &key) const { return line_.find("\"" + key + "\"") != std::string::npos; }
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
    const char *value(const std::string &key) const {
        const char *at = line_.c_str() + line_.find("\"" + key + "\"") + key.size() + 2;
        while (*at == ' ' || *at == ':')
            ++at;
        return at;
    }
    std::string line_;
};

struct Shape {
    Dims source, weight, target, strides, padding, dilations;
    bool is_grouped;
    int rank;

    explicit Shape(const Request &request) {
        const Dims size = request.numbers("size"), kernel = request.numbers("kernel");
        const long groups = request.number("groups"), c = request.number("c"), k = request.number("k");
        strides = request.numbers("stride");
        padding = request.numbers("padding");
        dilations = request.numbers("dilation");
        rank = static_cast<int>(size.size());
        is_grouped = groups > 1;
        source = {request.number("n"), c};
        target = {request.number("n"), k};
        weight = is_grouped ? Dims{groups, k / groups, c / groups} : Dims{k, c};
        for (int i = 0; i < rank; ++i) {
            source.push_back(size[i]);
            weight.push_back(kernel[i]);
            target.push_back((size[i] + 2 * padding[i] - dilations[i] * (kernel[i] - 1) - 1) / strides[i] + 1);
            dilations[i] -= 1; // oneDNN counts the rows left out between two taps
        }
    }
    memory::format_tag plain() const { return rank == 1 ? memory::format_tag::ncw : memory::format_tag::nchw; }
    memory::format_tag last() const { return rank == 1 ? memory::format_tag::nwc : memory::format_tag::nhwc; }
    memory::format_tag plain_weight() const {
        if (rank == 1) return is_grouped ? memory::format_tag::goiw : memory::format_tag::oiw;
        return is_grouped ? memory::format_tag::goihw : memory::format_tag::oihw;
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

memory::desc describe(const Dims &dims, memory::format_tag tag) {
    return {dims, memory::data_type::f32, tag};
}

// ---- A layer, prepared for one way of running it.

class Prepared {
  public:
    Prepared(const Shape &shape, const std::string &variant, std::vector<float> source, std::vector<float> weight)
        : stream_(engine()), source_data_(std::move(source)), target_data_(product(shape.target)) {
        const bool is_winograd = variant.rfind("winograd", 0) == 0;
        const bool reorders = variant.size() > 3 && variant.compare(variant.size() - 3, 3, "_io") == 0;
        auto tag = memory::format_tag::any;
        if (variant == "plain") tag = shape.plain();
        if (variant == "nhwc") tag = shape.last();
        const auto descriptor = make(shape, tag, is_winograd);
        implementation = descriptor.impl_info_str();

        const memory plain_source(describe(shape.source, shape.plain()), engine(), source_data_.data());
        memory plain_weight(describe(shape.weight, shape.plain_weight()), engine(), weight.data());
        plain_target_ = memory(describe(shape.target, shape.plain()), engine(), target_data_.data());
        // Also where the layouts agree, so that every way works on the library's own memory.
        source_ = memory(descriptor.src_desc(), engine());
        weight_ = memory(descriptor.weights_desc(), engine());
        target_ = memory(descriptor.dst_desc(), engine());
        dnnl::reorder(plain_weight, weight_).execute(stream_, plain_weight, weight_);
        const dnnl::reorder into(plain_source, source_);
        into.execute(stream_, const_cast<memory &>(plain_source), source_);
        out_of_ = dnnl::reorder(target_, plain_target_);
        stream_.wait();

        add(dnnl::convolution_forward(descriptor),
            {{DNNL_ARG_SRC, source_}, {DNNL_ARG_WEIGHTS, weight_}, {DNNL_ARG_DST, target_}});
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

    static size_t product(const Dims &dims) {
        size_t result = 1;
        for (auto extent : dims)
            result *= static_cast<size_t>(extent);
        return result;
    }

    void add(const dnnl::primitive &primitive, std::unordered_map<int, memory> arguments) {
        steps_.push_back({primitive, std::move(arguments)});
    }

    static dnnl::convolution_forward::primitive_desc make(const Shape &shape, memory::format_tag tag,
                                                          bool is_winograd) {
        const auto algorithm =
            is_winograd ? dnnl::algorithm::convolution_winograd : dnnl::algorithm::convolution_direct;
        const auto source = describe(shape.source, tag), target = describe(shape.target, tag);
        const auto weight = describe(shape.weight, memory::format_tag::any);
        const auto kind = dnnl::prop_kind::forward_inference;
#if DNNL_VERSION_MAJOR >= 3
        return {engine(), kind,          algorithm,       source,        weight,
                target,   shape.strides, shape.dilations, shape.padding, shape.padding};
#else
        return {{kind, algorithm, source, weight, target, shape.strides, shape.dilations, shape.padding, shape.padding},
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
            R"({"n": 1, "c": 1, "k": 1, "size": [1, 1], "kernel": [1, 1], "stride": [1, 1], "padding": [0, 0], )"
            R"("dilation": [1, 1], "groups": 1})"));
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
