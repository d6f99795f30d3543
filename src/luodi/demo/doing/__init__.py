"""What each step of the plan does: one small function for each verb, that calls one service as somebody who may."""

from luodi.demo.doing import commitments as commitments
from luodi.demo.doing import ends as ends
from luodi.demo.doing import gates as gates
from luodi.demo.doing import obstacles as obstacles
from luodi.demo.doing import own as own
from luodi.demo.doing import people as people
from luodi.demo.doing.entering import enter as enter
