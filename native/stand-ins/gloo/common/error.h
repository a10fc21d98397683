// See ../context.h. Nothing of this one is mentioned.
#pragma once
