// Operators by schema name: libtorch's dispatcher, called with a stack of typed slots.
#include "internal.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>
#include <torch/version.h>

#include <cstdlib>
#include <cstring>
#include <optional>
#include <sstream>

namespace {

using c10::IValue;

// libtorch had an optional of its own for years; that name may go.
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 6)
template <typename Value>
using Optional = std::optional<Value>;
#else
template <typename Value>
using Optional = c10::optional<Value>;
#endif

template <typename Element>
const Element* elements(const fv_slot& slot) {
  return static_cast<const Element*>(slot.pointer);
}

// "float" and "float?" arguments take a double on the stack, and C# callers often write 1 for 1.0.
bool is_float(const c10::Type& type) {
  if (type.kind() == c10::TypeKind::FloatType) return true;
  const auto* optional = type.castRaw<c10::OptionalType>();
  return optional != nullptr && optional->getElementType()->kind() == c10::TypeKind::FloatType;
}

IValue to_ivalue(const fv_slot& slot, const c10::Argument& argument) {
  switch (slot.kind) {
    case FV_NONE:
      return IValue();
    case FV_TENSOR:
      return fovea::borrow(slot.pointer);
    case FV_INT:
      if (is_float(*argument.type())) return static_cast<double>(slot.integer);
      return slot.integer;
    case FV_DOUBLE:
      return slot.real;
    case FV_BOOL:
      return slot.integer != 0;
    case FV_INTS: {
      c10::List<int64_t> list;
      list.reserve(slot.count);
      for (int i = 0; i < slot.count; ++i) list.push_back(elements<int64_t>(slot)[i]);
      return list;
    }
    case FV_DOUBLES: {
      c10::List<double> list;
      list.reserve(slot.count);
      for (int i = 0; i < slot.count; ++i) list.push_back(elements<double>(slot)[i]);
      return list;
    }
    case FV_BOOLS: {
      c10::List<bool> list;
      for (int i = 0; i < slot.count; ++i) list.push_back(elements<uint8_t>(slot)[i] != 0);
      return list;
    }
    case FV_TENSORS: {
      c10::List<at::Tensor> list;
      list.reserve(slot.count);
      for (int i = 0; i < slot.count; ++i) list.push_back(fovea::borrow(elements<fv_tensor>(slot)[i]));
      return list;
    }
    case FV_OPTIONAL_TENSORS: {
      c10::List<Optional<at::Tensor>> list;
      for (int i = 0; i < slot.count; ++i) {
        at::Tensor tensor = fovea::borrow(elements<fv_tensor>(slot)[i]);
        list.push_back(tensor.defined() ? Optional<at::Tensor>(std::move(tensor)) : Optional<at::Tensor>());
      }
      return list;
    }
    case FV_STRING:
      return std::string(elements<char>(slot), slot.count);
    case FV_DEVICE:
      return c10::Device(static_cast<c10::DeviceType>(slot.integer & 0xff), static_cast<c10::DeviceIndex>(slot.integer >> 8));
    case FV_GENERATOR:
      return fovea::borrow_generator(slot.pointer);
    case FV_OBJECT:
      return *static_cast<IValue*>(slot.pointer);
    case FV_DEFAULT:
      TORCH_CHECK(argument.default_value(), "argument '", argument.name(), "' has no default value");
      return *argument.default_value();
    default:
      TORCH_CHECK(false, "a slot of unknown kind ", slot.kind);
  }
}

template <typename Element>
Element* allocate(size_t count) {
  void* memory = std::malloc(std::max<size_t>(1, count * sizeof(Element)));
  TORCH_CHECK(memory != nullptr, "out of memory");
  return static_cast<Element*>(memory);
}

fv_slot to_slot(IValue value) {
  fv_slot slot{};
  if (value.isTensor()) {
    slot.kind = FV_TENSOR;
    slot.pointer = fovea::give(std::move(value).toTensor());
    if (slot.pointer == nullptr) slot.kind = FV_NONE;
  } else if (value.isNone()) {
    slot.kind = FV_NONE;
  } else if (value.isBool()) {
    slot.kind = FV_BOOL;
    slot.integer = value.toBool() ? 1 : 0;
  } else if (value.isInt()) {
    slot.kind = FV_INT;
    slot.integer = value.toInt();
  } else if (value.isDouble()) {
    slot.kind = FV_DOUBLE;
    slot.real = value.toDouble();
  } else if (value.isTensorList()) {
    auto list = value.toTensorVector();
    slot.kind = FV_TENSORS;
    slot.count = static_cast<int32_t>(list.size());
    auto* handles = allocate<fv_tensor>(list.size());
    for (size_t i = 0; i < list.size(); ++i) handles[i] = fovea::give(std::move(list[i]));
    slot.pointer = handles;
  } else if (value.isIntList()) {
    auto list = value.toIntVector();
    slot.kind = FV_INTS;
    slot.count = static_cast<int32_t>(list.size());
    slot.pointer = allocate<int64_t>(list.size());
    std::memcpy(slot.pointer, list.data(), list.size() * sizeof(int64_t));
  } else if (value.isDoubleList()) {
    auto list = value.toDoubleVector();
    slot.kind = FV_DOUBLES;
    slot.count = static_cast<int32_t>(list.size());
    slot.pointer = allocate<double>(list.size());
    std::memcpy(slot.pointer, list.data(), list.size() * sizeof(double));
  } else if (value.isString()) {
    const std::string& text = value.toStringRef();
    slot.kind = FV_STRING;
    slot.count = static_cast<int32_t>(text.size());
    slot.pointer = allocate<char>(text.size());
    std::memcpy(slot.pointer, text.data(), text.size());
  } else {
    slot.kind = FV_OBJECT;
    slot.pointer = new IValue(std::move(value));
  }
  return slot;
}

}  // namespace

int fv_find_operator(const char* name, const char* overload, void** op) {
  return fovea::guarded([&] {
    auto found = c10::Dispatcher::singleton().findSchema({name, overload});
    *op = found ? new c10::OperatorHandle(*found) : nullptr;
  });
}

int fv_operator_schema(void* op, const char** text) {
  return fovea::guarded([&] {
    thread_local std::string schema;
    std::ostringstream stream;
    stream << static_cast<c10::OperatorHandle*>(op)->schema();
    schema = stream.str();
    *text = schema.c_str();
  });
}

int fv_call(void* op, const fv_slot* arguments, int argument_count, fv_slot* results, int result_capacity, int* result_count) {
  return fovea::guarded([&] {
    const auto& handle = *static_cast<c10::OperatorHandle*>(op);
    const auto& expected = handle.schema().arguments();
    TORCH_CHECK(argument_count <= static_cast<int>(expected.size()), handle.schema().name(), " takes ", expected.size(),
                " arguments, but ", argument_count, " were given");
    torch::jit::Stack stack;
    stack.reserve(expected.size());
    for (int i = 0; i < argument_count; ++i) stack.push_back(to_ivalue(arguments[i], expected[i]));
    // Later versions of libtorch append arguments to known operators, always with a default.
    for (size_t i = argument_count; i < expected.size(); ++i) {
      TORCH_CHECK(expected[i].default_value(), handle.schema().name(), " misses its argument '", expected[i].name(), "'");
      stack.push_back(*expected[i].default_value());
    }
    handle.callBoxed(&stack);
    TORCH_CHECK(static_cast<int>(stack.size()) <= result_capacity, handle.schema().name(), " returned ", stack.size(), " values");
    *result_count = static_cast<int>(stack.size());
    for (size_t i = 0; i < stack.size(); ++i) results[i] = to_slot(std::move(stack[i]));
  });
}

void fv_object_free(fv_object object) { delete static_cast<IValue*>(object); }
