#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#	bench/generate.sh findings COUNT FOLDER    a program with COUNT lock-order inversions
#	bench/generate.sh debug MEGABYTES FOLDER   one with as much debug information, and three of them
#
# Makes FOLDER/findings or FOLDER/debug.  In the first each inversion has functions and lines of its own.
# The second is one C++ source that uses much of the standard library, compiled once and linked as often
# as it takes, under another name each time: so it has units of the usual size, as large programs do.
# While it is made it takes three times its size on disk.
set -eu
what=$1 amount=$2 folder=$3
cd "$folder"

# Two threads, one after the other, by a semaphore: that order is this run's only.
ending() {
	cat << 'C'
static sem_t done;

static void *first(void *argument)
{
	all_forth();
	sem_post(&done);
	return argument;
}

static void *second(void *argument)
{
	sem_wait(&done);
	all_back();
	return argument;
}

int main(void)
{
	pthread_t one, two;

	sem_init(&done, 0, 0);
	pthread_create(&one, 0, first, 0);
	pthread_create(&two, 0, second, 0);
	pthread_join(one, 0);
	pthread_join(two, 0);
	return 0;
}
C
}

# both NAME FIRST SECOND: a C function that nests the two.
both() {
	printf 'static __attribute__((noinline)) void %s(void)\n{\n' "$1"
	printf '\tpthread_mutex_lock(&%s);\n\tpthread_mutex_lock(&%s);\n' "$2" "$3"
	printf '\tpthread_mutex_unlock(&%s);\n\tpthread_mutex_unlock(&%s);\n}\n' "$3" "$2"
}

inversions() {
	local i
	printf '#include <pthread.h>\n#include <semaphore.h>\n'
	for ((i = 0; i < amount; i++)); do
		echo "static pthread_mutex_t a$i = PTHREAD_MUTEX_INITIALIZER, b$i = PTHREAD_MUTEX_INITIALIZER;"
		both "forth_$i" "a$i" "b$i"
		both "back_$i" "b$i" "a$i"
	done
	calls forth_ back_
	ending
}

# calls FORTH BACK [INDEX…]: all_forth and all_back, which call them all.
calls() {
	local forth=$1 back=$2 i
	shift 2
	(($#)) || mapfile -t all < <(seq 0 $((amount - 1)))
	(($# == 0)) || all=("$@")
	echo 'static void all_forth(void)'
	echo '{'
	for i in "${all[@]}"; do
		echo "	$forth$i();"
	done
	echo '}'
	echo 'static void all_back(void)'
	echo '{'
	for i in "${all[@]}"; do
		echo "	$back$i();"
	done
	echo '}'
}

# A source as large programs are made of: little of its own, much that headers bring.
unit() {
	cat << 'CPP'
#include <algorithm>
#include <chrono>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <iomanip>
#include <iostream>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <optional>
#include <pthread.h>
#include <random>
#include <regex>
#include <set>
#include <shared_mutex>
#include <sstream>
#include <string>
#include <thread>
#include <unordered_map>
#include <variant>
#include <vector>

namespace
{

struct Record {
	std::string name;
	std::map<std::string, std::vector<double>> values;
	std::optional<std::variant<int, std::string, std::shared_ptr<Record>>> more;
};

std::unordered_map<std::string, Record> parse(const std::string &text)
{
	std::unordered_map<std::string, Record> all;
	static const std::regex line("([a-z]+) *= *([0-9.]+)", std::regex::icase);
	for (std::sregex_iterator i(text.begin(), text.end(), line), end; i != end; ++i) {
		Record &r = all[(*i)[1]];
		r.name = (*i)[1];
		r.values[r.name].push_back(std::stod((*i)[2]));
	}
	return all;
}

double sum(const std::string &text)
{
	double total = 0;
	std::set<double> seen;
	for (auto &[name, record] : parse(text))
		for (auto &[key, values] : record.values) {
			total += std::accumulate(values.begin(), values.end(), 0.0);
			seen.insert(values.begin(), values.end());
		}
	return std::async(std::launch::deferred, [&] { return total + seen.size(); }).get();
}

class Nested
{
      public:
	Nested(pthread_mutex_t *outer, pthread_mutex_t *inner) : outer(outer), inner(inner)
	{
		pthread_mutex_lock(outer);
		pthread_mutex_lock(inner);
	}
	~Nested()
	{
		pthread_mutex_unlock(inner);
		pthread_mutex_unlock(outer);
	}

      private:
	pthread_mutex_t *outer, *inner;
};

} // namespace

extern "C" void unit(pthread_mutex_t *outer, pthread_mutex_t *inner)
{
	std::function<double()> work = [=] {
		Nested hold(outer, inner);
		return sum("a = 1\nb = 2.5\n");
	};
	if (work() < 0)
		std::cerr << std::setprecision(3) << std::filesystem::current_path() << "\n";
}
CPP
}

# Bytes of debug information of $1 that linking does not merge.
debug_bytes() {
	size -A "$1" | awk '/^\.debug_/ && !/str/ { sum += $2 } END { print sum }'
}

# The program around the units: the first, the middle and the last are used.
main_of() {
	local copies=$1 used i
	used=(0 $((copies / 2)) $((copies - 1)))
	printf '#include <pthread.h>\n#include <semaphore.h>\n'
	for i in "${used[@]}"; do
		echo "void unit_$i(pthread_mutex_t *outer, pthread_mutex_t *inner);"
		echo "static pthread_mutex_t a$i = PTHREAD_MUTEX_INITIALIZER, b$i = PTHREAD_MUTEX_INITIALIZER;"
		echo "static void forth_$i(void)"
		echo "{"
		echo "	unit_$i(&a$i, &b$i);"
		echo "}"
		echo "static void back_$i(void)"
		echo "{"
		echo "	unit_$i(&b$i, &a$i);"
		echo "}"
	done
	calls forth_ back_ "${used[@]}"
	ending
}

case $what in
findings)
	inversions > findings.c
	"${CC:-gcc}" -O0 -g -o findings findings.c -lpthread
	;;
debug)
	free=$(df -Pk . | awk 'NR == 2 { print $4 }')
	if ((free < amount * 4096)); then
		echo "bench: too little space in $folder for $amount MB of debug information" >&2
		exit 1
	fi
	unit > unit.cc
	"${CXX:-g++}" -std=c++17 -O1 -g -c -o unit.o unit.cc
	copies=$((amount * 1000000 / $(debug_bytes unit.o) + 1))
	((copies >= 3)) || copies=3
	for ((i = 0; i < copies; i++)); do
		objcopy --redefine-sym "unit=unit_$i" unit.o "unit_$i.o"
	done
	main_of "$copies" > main.c
	"${CC:-gcc}" -g -c -o main.o main.c
	"${CXX:-g++}" -o debug main.o unit_*.o -lpthread
	rm -f unit_*.o
	debug_bytes debug > debug.bytes
	;;
*)
	echo "usage: bench/generate.sh findings|debug AMOUNT FOLDER" >&2
	exit 2
	;;
esac
