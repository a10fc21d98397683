// Stand-ins for Gloo's headers, which c10d's include but which PyTorch's packages leave out: no more than the names that
// c10d/ProcessGroupGloo.hpp mentions. The bridge holds such objects by pointer only, and passes them from one function of c10d to another;
// libtorch makes and uses them. So what is declared here has no effect on any layout.
#pragma once
#include <chrono>

namespace gloo {

class Context {
 public:
  void setTimeout(std::chrono::milliseconds timeout);
};

}  // namespace gloo
