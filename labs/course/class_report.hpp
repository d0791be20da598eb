// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a class's results say together: one line a submission, and for each check who
// failed it.
#pragma once

#include "labs/course/grade.hpp"

namespace lab {

std::string class_json(Class const&);
std::string class_text(Class const&);

}  // namespace lab
