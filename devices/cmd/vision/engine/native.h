// The few OpenCV calls that gocv v0.31.0 does not have, or has with a leak:
// see native.go.
#ifndef HUYUN_VISION_NATIVE_H
#define HUYUN_VISION_NATIVE_H

#ifdef __cplusplus
extern "C" {
#endif

void huyun_set_threads(int n);

// Opens a network; NULL and a message on failure.
void* huyun_net_open(const char* model, const char* config, char* fault, int fault_size);
void huyun_net_close(void* net);

// Runs one forward pass of blob (a cv::Mat*) and copies the named outputs one
// after the other into out. sizes[i] receives the count of floats of output i.
// Returns 0, or 1 with a message.
int huyun_net_run(void* net, void* blob, char** names, int count,
                  float* out, int capacity, int* sizes, char* fault, int fault_size);

#ifdef __cplusplus
}
#endif

#endif
