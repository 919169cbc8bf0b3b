#include "native.h"

#include <cstring>
#include <exception>
#include <string>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/dnn.hpp>

namespace {

void say(const char* text, char* fault, int fault_size) {
    if (fault_size < 1) {
        return;
    }
    std::strncpy(fault, text, fault_size - 1);
    fault[fault_size - 1] = 0;
}

}  // namespace

void huyun_set_threads(int n) {
    cv::setNumThreads(n);
}

void* huyun_net_open(const char* model, const char* config, char* fault, int fault_size) {
    try {
        cv::dnn::Net net = cv::dnn::readNet(model, config);
        if (net.empty()) {
            say("the network is empty", fault, fault_size);
            return nullptr;
        }
        net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
        net.setPreferableTarget(cv::dnn::DNN_TARGET_CPU);
        return new cv::dnn::Net(net);
    } catch (const std::exception& e) {
        say(e.what(), fault, fault_size);
    } catch (...) {
        say("unknown exception", fault, fault_size);
    }
    return nullptr;
}

void huyun_net_close(void* net) {
    delete static_cast<cv::dnn::Net*>(net);
}

int huyun_net_run(void* net, void* blob, char** names, int count,
                  float* out, int capacity, int* sizes, char* fault, int fault_size) {
    try {
        cv::dnn::Net* n = static_cast<cv::dnn::Net*>(net);
        n->setInput(*static_cast<cv::Mat*>(blob));
        std::vector<cv::String> wanted(names, names + count);
        std::vector<cv::Mat> got;
        n->forward(got, wanted);
        int used = 0;
        for (int i = 0; i < count; i++) {
            cv::Mat m = got.at(i).isContinuous() ? got[i] : got[i].clone();
            int size = static_cast<int>(m.total());
            if (m.type() != CV_32F || size > capacity - used) {
                say("an output has an unexpected type or size", fault, fault_size);
                return 1;
            }
            std::memcpy(out + used, m.ptr<float>(), size * sizeof(float));
            sizes[i] = size;
            used += size;
        }
        return 0;
    } catch (const std::exception& e) {
        say(e.what(), fault, fault_size);
    } catch (...) {
        say("unknown exception", fault, fault_size);
    }
    return 1;
}
