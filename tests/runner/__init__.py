# SPDX-License-Identifier: Apache-2.0
"""The test runner: see README.md in this folder."""
